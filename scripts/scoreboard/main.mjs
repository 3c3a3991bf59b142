// npm run scoreboard [-- --check]: docs/reliability.md from docs/results. --check writes nothing and exits 1 when the page or a result no longer speaks of the code beside it.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, readResults } from '../results.mjs';
import { FIGURES, SOURCES } from './figures.mjs';
import { harnessHash } from './harness.mjs';
import { reliabilityPage } from './page.mjs';
import { staleResults } from './staleness.mjs';

const PAGE = join(ROOT, 'docs/reliability.md');

function git(...args) {
  try {
    return execFileSync('git', ['-C', ROOT, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}

/** When product code was last committed, in milliseconds. A shallow clone would call its first commit the last change of everything. */
const changedAt = (paths) => (hasHistory ? Date.parse(git('log', '-1', '--format=%cI', '--', ...paths)) : undefined);
const hasHistory = git('rev-parse', '--is-shallow-repository') === 'false';

function check(results, page) {
  const hashes = new Map(Object.entries(SOURCES).map(([figure, { harness }]) => [figure, harnessHash(ROOT, harness)]));
  const faults = staleResults(results, SOURCES, { harnessOf: (figure) => hashes.get(figure), changedAt });
  if (!existsSync(PAGE) || readFileSync(PAGE, 'utf8') !== page) faults.push('docs/reliability.md is not what docs/results make: run npm run scoreboard and commit it.');
  for (const fault of faults) console.error(fault);
  if (!hasHistory) console.log('No whole history here: whether product code changed long after a result is not checked.');
  console.log(`${results.length} results checked; the scoreboard is ${faults.length === 0 ? 'up to date' : 'stale'}.`);
  return faults.length === 0 ? 0 : 1;
}

function main() {
  const results = readResults();
  const page = reliabilityPage(results, FIGURES, SOURCES);
  if (process.argv.includes('--check')) return check(results, page);
  writeFileSync(PAGE, page);
  console.log(`docs/reliability.md: ${results.length} results.`);
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
