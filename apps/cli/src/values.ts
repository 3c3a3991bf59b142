import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Json } from '@novacron/kernel';
import type { Io } from './io.ts';
import { CliError } from './exit-codes.ts';

/** Collects `-p k=v`: a value that is JSON (5, true, [1]) is that value, anything else is text. */
export function assignment(text: string, before: Readonly<Record<string, Json>> = {}): Record<string, Json> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('It has the form name=value.');
  return { ...before, [text.slice(0, equals)]: parsed(text.slice(equals + 1)) };
}

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It is a number.');
  return value;
}

/** The JSON object in a file. */
export async function jsonFile(cwd: string, path: string): Promise<Readonly<Record<string, Json>>> {
  const text = await readFile(resolve(cwd, path), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CliError('FileUnreadable', `${path} cannot be read: ${error.code}.`);
  });
  const value = parsed(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, Json>;
  throw new CliError('FileInvalid', `${path} holds no JSON object.`);
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** `a/b` as its two parts. */
export function pair(text: string, what: string): [string, string] {
  const [first, second, ...more] = text.split('/');
  if (first && second && more.length === 0) return [first, second];
  throw new CliError('Usage', `${JSON.stringify(text)} is no ${what}.`);
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `2h` (ago) or a date and time into the form that the API takes. */
export const time = ({ ports }: Io) => (text: string): string => {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const at = count && unit ? ports.clock.now() - Number(count) * UNITS[unit]! : Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError('It is a date and time, or how long ago: 30m, 2h, 3d.');
  return new Date(at).toISOString();
};
