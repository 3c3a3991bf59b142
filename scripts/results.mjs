// Results of the commands that prove a figure: one JSON object a figure, driver and scale. Written here, so that nobody fills in commit, date or machine by hand.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SOURCES } from './scoreboard/figures.mjs';
import { harnessHash } from './scoreboard/harness.mjs';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Where the results live that the scoreboard is made of; what is written there makes no commit dirty. */
export const RESULTS = 'docs/results';
const SCALES = ['ci', 'full'];
const DRIVERS = ['memory', 'postgres', 'kafka', 'none'];

/**
 * One result of `{figure, command, scale, driver, seed, size, values, failedBecause, seconds}`. `passed` follows from `failedBecause`, a list of sentences; `seed` is null where
 * nothing is random, `driver` is 'none' where no log is involved. Throws a sentence about what is wrong in it.
 */
export function resultOf(measured, root = ROOT) {
  const { figure, command, scale, driver, seed = null, size, values, failedBecause = [], seconds } = measured;
  const result = {
    figure, command, scale, driver, seed, size, values, passed: failedBecause.length === 0, failedBecause, seconds: Math.round(seconds * 10) / 10,
    commit: commitOf(root), date: new Date().toISOString(), node: process.version, cores: availableParallelism(),
    ...(SOURCES[figure] && { harness: harnessHash(root, SOURCES[figure].harness) }),
  };
  const faults = faultsOf(result);
  if (faults.length > 0) throw new Error(`The result of ${figure ?? 'no figure'} cannot be written: ${faults.join('; ')}.`);
  return result;
}

/** Writes one measured result, or several as an array, to `file`, which is taken from where the command was started; returns what it wrote. */
export function writeResults(file, measured) {
  const results = [measured].flat().map((one) => resultOf(one));
  mkdirSync(dirname(resolve(file)), { recursive: true });
  writeFileSync(resolve(file), `${JSON.stringify(Array.isArray(measured) ? results : results[0], null, 2)}\n`);
  return results;
}

/** All committed results of the checkout at `root`, in the order of their file names. Throws a sentence naming the file that cannot be read. */
export function readResults(root = ROOT) {
  const files = readdirSync(join(root, RESULTS)).filter((name) => name.endsWith('.json')).sort();
  const results = new Map();
  for (const file of files) for (const result of [readJson(join(root, RESULTS, file))].flat()) add(results, file, result);
  return [...results.values()].map(({ result }) => result);
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} is no JSON: ${error.message}. Write it by the --json option of its command.`);
  }
}

/** One figure of one driver and size has one result: of two, nobody would know which holds. */
function add(results, file, result) {
  const faults = faultsOf(result);
  const name = `${result.figure}.${result.driver}.${result.scale}`;
  if (results.has(name)) faults.push(`${name} stands in ${results.get(name).file} as well`);
  if (faults.length > 0) throw new Error(`${RESULTS}/${file}: ${faults.join('; ')}. Write it by the --json option of its command.`);
  results.set(name, { file, result });
}

/** What is wrong with a result, in words; empty if nothing is. */
export function faultsOf(result) {
  const checks = [
    [Object.hasOwn(SOURCES, result.figure ?? ''), `figure ${JSON.stringify(result.figure)} is not in scripts/scoreboard/figures.mjs`],
    [typeof result.command === 'string' && result.command.startsWith('npm '), 'command is the npm command that makes it again'],
    [SCALES.includes(result.scale), `scale is one of ${SCALES.join(', ')}`],
    [DRIVERS.includes(result.driver), `driver is one of ${DRIVERS.join(', ')}`],
    [result.seed === null || Number.isInteger(result.seed), 'seed is an integer or null'],
    [typeof result.size === 'string' && result.size !== '', 'size says in words how much was tried'],
    [isMap(result.values) && Object.keys(result.values).length > 0, 'values holds at least one measured value'],
    [result.passed === (result.failedBecause?.length === 0), 'passed and failedBecause contradict each other'],
    [Number.isFinite(result.seconds) && result.seconds >= 0, 'seconds is how long it took'],
    [/^[0-9a-f]{7,40}\+?$/.test(result.commit ?? ''), 'commit is a hash, with + if there were changes'],
    [!Number.isNaN(Date.parse(result.date)), 'date is an ISO date'],
    [typeof result.harness === 'string', 'harness is the hash of the command\'s code'],
  ];
  return checks.filter(([holds]) => !holds).map(([, sentence]) => sentence);
}

const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The short hash of the checkout, with + when what is tracked differs from it. */
export function commitOf(root = ROOT) {
  const git = (...args) => execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', '.', `:!${RESULTS}`, ':!docs/reliability.md');
    return `${git('rev-parse', '--short=9', 'HEAD')}${changed ? '+' : ''}`;
  } catch (error) {
    throw new Error(`A result names its commit, and git cannot: ${error.message.split('\n')[0]}`, { cause: error });
  }
}
