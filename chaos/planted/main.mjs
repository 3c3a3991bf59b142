// npm run planted [-- --only NAME] [--json FILE]: plants each bug in a copy and shows which check catches it, and how.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ROOT, writeResults } from '../../scripts/results.mjs';
import { runCheck, simulate } from './check.mjs';
import { typeChecker } from './compile.mjs';
import { Copy } from './copy.mjs';
import { readPatches } from './patches.mjs';

const HELP = `npm run planted [-- options]: the tests are tested. Every patch of chaos/planted/patches must be caught by the check that it names, and by its assertion.
  --only NAME   patches whose name contains this
  --sim N       besides, which bugs the simulation sees by itself within N seeds; asks for what npm run build makes, and is no condition
  --json FILE   the result, for docs/results`;
const HERE = dirname(fileURLToPath(import.meta.url));
/** Checks at a time: as many as the cores that we promise to be content with. */
const WIDTH = 2;

/** Works through items, each with one of the copies to itself. */
async function withCopies(copies, items, work) {
  const queue = [...items];
  await Promise.all(copies.map(async (copy) => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(copy, item);
  }));
}

/** Checks that fail without any bug, as sentences. */
async function faultsOfClean(copies, patches) {
  const faults = [];
  await withCopies(copies, [...new Set(patches.map(({ check }) => check))], async (copy, check) => {
    const { verdict, by, line } = await runCheck(copy, check);
    if (verdict !== 'passed') faults.push(`without any bug: ${check}: ${verdict}: ${by}: ${line}`);
  });
  return faults;
}

/** So many seeds in which the simulation sees nothing while there is no bug: only what it sees within those is seen because of one. */
async function soundSeeds(copy, seeds) {
  const seen = await simulate(copy, seeds);
  if (!seen) return seeds;
  const sound = Number(/^seed (\d+)/.exec(seen)?.[1] ?? 1) - 1;
  console.log(`without any bug the simulation sees ${seen}: only the ${sound} seeds before it are used`);
  return sound;
}

const isCaught = ({ verdict }) => verdict === 'caught';

async function caughtBy(copy, patch, texts, seeds) {
  const began = performance.now();
  copy.plant(texts);
  try {
    const { verdict, by, line, at, whole } = await runCheck(copy, patch.check);
    const simulated = seeds ? await simulate(copy, seeds) : undefined;
    const found = { patch, by, at, simulated, seconds: (performance.now() - began) / 1000 };
    if (verdict === 'failed' && !`${by} ${whole}`.includes(patch.shows)) return { ...found, verdict: 'failed otherwise', line: `${line} (not: ${patch.shows})` };
    return { ...found, verdict: { failed: 'caught', passed: 'NOT CAUGHT', broken: 'broken' }[verdict], line };
  } finally {
    copy.restore(patch.touches);
  }
}

function show({ patch, verdict, by, line, at, simulated, seconds }) {
  console.log(`\n${verdict.padEnd(10)} ${patch.name} (${seconds.toFixed(1)} s)`);
  console.log(`  wrong   ${patch.wrong}\n  cost    ${patch.cost}\n  check   ${patch.check}`);
  if (verdict !== 'NOT CAUGHT') console.log(`  test    ${by}\n  failed  ${line}${at ? ` (${at})` : ''}`);
  if (simulated) console.log(`  sim     ${simulated}`);
}

/** Texts of every patch; faults where one does not apply or does not compile. */
function prepare(copy, patches) {
  const check = typeChecker(ROOT, [...new Set(patches.flatMap(({ touches }) => touches))]);
  const faults = [];
  const texts = new Map();
  for (const patch of patches) {
    try {
      texts.set(patch, copy.textsOf(patch));
      faults.push(...check(texts.get(patch)).map((sentence) => `${patch.name} does not compile: ${sentence}`));
    } catch (error) {
      faults.push(error.message);
    }
  }
  return { texts, faults };
}

async function plantAll(patches, seeds) {
  const copies = Array.from({ length: WIDTH }, () => new Copy(ROOT));
  try {
    const { texts, faults } = prepare(copies[0], patches);
    if (faults.length === 0) faults.push(...await faultsOfClean(copies, patches));
    const sound = faults.length === 0 && seeds ? await soundSeeds(copies[0], seeds) : 0;
    const outcomes = [];
    if (faults.length === 0) {
      await withCopies(copies, patches, async (copy, patch) => {
        outcomes.push(await caughtBy(copy, patch, texts.get(patch), sound));
        show(outcomes.at(-1));
      });
    }
    return { faults, outcomes };
  } finally {
    for (const copy of copies) copy.remove();
  }
}

function resultOf(patches, outcomes, failedBecause, seconds, sim) {
  const byName = [...outcomes].sort((a, b) => (a.patch.name < b.patch.name ? -1 : 1)).map(({ patch, verdict, by }) => [patch.name, `${verdict} by: ${by}`]);
  const values = { caught: outcomes.filter(isCaught).length, planted: patches.length, ...(sim && { [`alsoSeenBySimulationWithin${sim}Seeds`]: outcomes.filter(({ simulated }) => simulated).length }), ...Object.fromEntries(byName) };
  return { figure: 'planted', command: 'npm run planted', scale: 'ci', driver: 'memory', seed: null, size: `${patches.length} bugs, one at a time`, values, failedBecause, seconds };
}

async function main({ only = '', sim, json }) {
  const began = performance.now();
  const patches = readPatches(join(HERE, 'patches')).filter(({ name }) => name.includes(only));
  if (patches.length === 0) throw new Error(`no patch is called ${only}: see chaos/planted/patches`);
  const { faults, outcomes } = await plantAll(patches, Number(sim ?? 0));
  const failedBecause = [...faults, ...outcomes.filter((outcome) => !isCaught(outcome)).map(({ patch, verdict, line }) => `${patch.name}: ${verdict} ${line}`)];
  for (const sentence of failedBecause) console.error(sentence);
  const seconds = (performance.now() - began) / 1000;
  if (json) writeResults(json, resultOf(patches, outcomes, failedBecause, seconds, sim));
  const caught = outcomes.filter(isCaught).length;
  if (sim) console.log(`\nthe simulation itself sees ${outcomes.filter(({ simulated }) => simulated).length} of ${outcomes.length} within ${sim} seeds`);
  console.log(`\n${seconds.toFixed(0)} s in all\n${caught} passed, ${patches.length - caught} failed`);
  return failedBecause.length === 0 ? 0 : 1;
}

const { values } = parseArgs({ options: { only: { type: 'string' }, sim: { type: 'string' }, json: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
if (values.help) console.log(HELP);
else process.exitCode = await main(values);
