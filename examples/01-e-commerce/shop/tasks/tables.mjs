import { readFile } from 'node:fs/promises';

/** Rows of a behaviour table written by `behaviourCsv`. */
export async function readBehaviour(file) {
  const lines = (await readFile(file.path, 'utf8')).trim().split('\n').slice(1);
  return lines.map((line) => {
    const [user, film, day, part] = line.split(',');
    return { user: Number(user), film: Number(film), day: Number(day), part };
  });
}

export const readJson = async (file) => JSON.parse(await readFile(file.path, 'utf8'));

/** JSON lines; a line that is not an object with the wanted fields is left out and counted. */
export function parseJsonLines(text, wanted) {
  const rows = [];
  let broken = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const row = parsed(line);
    if (row !== undefined && Object.entries(wanted).every(([field, type]) => typeof row[field] === type)) rows.push(row);
    else broken += 1;
  }
  return { rows, broken };
}

function parsed(line) {
  try {
    const value = JSON.parse(line);
    return value !== null && typeof value === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}

export const toBytes = (floats) => Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength);

/** A matrix of 32-bit floats, as `toBytes` wrote it. */
export async function readFloats(file) {
  const bytes = await readFile(file.path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** Films that each user already watched in the given parts. */
export function watchedBy(behaviour, users) {
  const watched = Array.from({ length: users }, () => new Set());
  for (const row of behaviour) watched[row.user]?.add(row.film);
  return watched;
}
