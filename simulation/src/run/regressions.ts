import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Case, Outcome } from './seed.ts';

/** Where cases lie that once failed; each is run again for ever. */
export const REGRESSIONS = fileURLToPath(new URL('../../regressions', import.meta.url));

export interface Regression extends Case {
  /** What was seen when it failed. */
  readonly found: string;
}

export function keep(one: Case, { violations }: Outcome): string {
  mkdirSync(REGRESSIONS, { recursive: true });
  const file = join(REGRESSIONS, `${one.kill ? `${one.kill.name.replace(/\W+/g, '-')}-` : ''}${one.seed}.json`);
  const [first] = violations;
  const regression: Regression = { ...one, found: first ? `invariant ${first.invariant}: ${first.what.split('\n')[0]!.slice(0, 300)} (${first.where})` : '' };
  writeFileSync(file, `${JSON.stringify(regression, null, 2)}\n`);
  return file;
}

export const regressions = (): { readonly name: string; readonly one: Regression }[] =>
  (existsSync(REGRESSIONS) ? readdirSync(REGRESSIONS) : []).filter((name) => name.endsWith('.json')).sort().map((name) => ({ name, one: JSON.parse(readFileSync(join(REGRESSIONS, name), 'utf8')) as Regression }));
