import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Pair } from './pair.mjs';

/** With owners, modes and times. */
function copy(from, to) {
  const { status, stderr } = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cp -a ${from} ${to}: ${stderr}`);
}

/** A stopped installation's copy, made as docs/operations.md says: its data directory, and the database where that lies elsewhere. Answers what lies outside of `to`, if anything does. */
function backUp(data, to) {
  copy(data, to);
  const record = JSON.parse(readFileSync(join(data, 'postgres.json'), 'utf8'));
  const location = resolve(data, record.location);
  if (location.startsWith(`${data}/`)) return [];
  const place = `${dirname(location)}-restored`;
  mkdirSync(place, { mode: 0o711 });
  copy(location, place);
  writeFileSync(join(to, 'postgres.json'), JSON.stringify({ ...record, location: join(place, 'postgres') }));
  return [dirname(location), place];
}

/** An installation is stopped and copied; what starts on the copy knows what was in it, and goes on. Answers the directory of all. */
export async function restored() {
  const root = mkdtempSync(join(tmpdir(), 'novacron-restored-'));
  chmodSync(root, 0o711);
  const first = await Pair.start(join(root, 'data'));
  await first.live().finally(() => first.system.stop());
  const elsewhere = backUp(join(root, 'data'), join(root, 'copy'));
  const second = await Pair.start(join(root, 'copy'));
  await second.expectToGoOn(first.runs).finally(() => second.system.stop());
  for (const place of elsewhere) rmSync(place, { recursive: true });
  return root;
}
