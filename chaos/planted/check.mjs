// Runs a patch's narrowest check in a copy, and says what failed there and how.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { causeIn, evidenceOf, failureIn } from './evidence.mjs';
import { wordsOf } from './patches.mjs';

/** Longer than any check takes that ends. */
const LIMIT_MS = 120_000;
/** A bug may make a test wait for ever; those that are right end within a second or two. */
const TEST_MS = 15_000;

/** `{verdict, by, line}`: *failed* means that an assertion did, *broken* that none was reached, *passed* that the bug, if there is one, was not seen. */
export function runCheck(copy, check) {
  const [npm, ...words] = wordsOf(check);
  if (npm === 'npm' && words[0] === 'test' && words[1] === '--') return specification(copy, words.slice(2));
  return Promise.resolve({ verdict: 'broken', by: check, line: 'a check is npm test -- <spec file> with Jest\'s options' });
}

/** The specification runs from sources, under its package's own configuration: `npm test` without looking for what is to be installed or built. */
async function specification(copy, [spec, ...options]) {
  const report = join(copy.path, '.planted-report.json');
  rmSync(report, { force: true });
  const { output } = await jest(copy, configurationOf(copy.path, spec), ['--testTimeout', String(TEST_MS), '--json', '--outputFile', report, spec, ...options], LIMIT_MS);
  if (!existsSync(report)) return { verdict: 'broken', by: spec, line: output.trim().split('\n').at(-1) ?? 'no report' };
  return verdictOf(JSON.parse(readFileSync(report, 'utf8')), spec);
}

/** Whether specifications notice what is in the copy now: 'killed' at the first that fails, 'timeout' where they do not end, else 'survived'. */
export async function runSpecs(copy, { config, specs }, limit) {
  const { status } = await jest(copy, config, ['--bail', ...specs], limit);
  return status === null ? 'timeout' : status === 0 ? 'survived' : 'killed';
}

/** What the simulation sees in the copy within so many seeds: a sentence, or undefined. It runs what was built, as in the copy's `dist`. */
export async function simulate(copy, seeds) {
  const { status, output } = await run(copy.path, ['--no-warnings', 'chaos/planted/simulate.mjs', String(seeds)], LIMIT_MS);
  if (status === 0) return undefined;
  return status === null ? `a seed did not end within ${LIMIT_MS / 1000} s` : output.trim().split('\n').at(-1);
}

/** One process, so that two at a time are two cores; forced to its end, because a bug may leave a test waiting for ever. */
function jest(copy, config, args, limit) {
  return run(copy.path, ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', '--config', config, '--runInBand', '--forceExit', ...args], limit);
}

function configurationOf(root, spec) {
  for (let folder = dirname(spec); ; folder = dirname(folder)) {
    if (existsSync(join(root, folder, 'jest.config.mjs'))) return join(folder, 'jest.config.mjs');
    if (folder === '.') throw new Error(`no jest.config.mjs stands above ${spec}`);
  }
}

/** What a report of Jest says of the one specification that was run. */
export function verdictOf(report, spec) {
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = tests.find(({ status }) => status === 'failed');
  if (report.numRuntimeErrorTestSuites > 0) return { verdict: 'broken', by: spec, line: failureIn(report.testResults[0].message) };
  if (failed) return { verdict: 'failed', by: failed.fullName, ...evidenceOf(causeIn(report.testResults[0].message) ?? failed.failureMessages[0] ?? '') };
  if (!tests.some(({ status }) => status === 'passed')) return { verdict: 'broken', by: spec, line: 'no test is called like this' };
  return { verdict: 'passed', by: spec, line: '' };
}

function run(cwd, args, timeout) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd, env: { ...process.env, CI: 'true', NO_COLOR: '1', FORCE_COLOR: '0' }, stdio: ['ignore', 'pipe', 'pipe'], timeout, killSignal: 'SIGKILL' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
    child.on('close', (status) => resolve({ status, output }));
  });
}
