// npm run mutation [-- --only T] [--sample N] [--seed S] [--json FILE]: do the specifications of the heart of it notice small errors? Outside .ci/run: minutes to an hour.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Copy } from '../../chaos/planted/copy.mjs';
import { typeChecker } from '../../chaos/planted/compile.mjs';
import { runSpecs } from '../../chaos/planted/check.mjs';
import { ROOT, writeResults } from '../results.mjs';
import { mutantsOf, withMutant } from './mutants.mjs';
import { sampled, summaryOf } from './summary.mjs';
import { TARGETS } from './targets.mjs';

const HELP = `npm run mutation [-- options]: puts one small error after the other into the validity rule, the kernel and the resolver's readiness, and runs their specifications.
  --only NAME   ${Object.keys(TARGETS).join(', ')}
  --sample N    so many mutants of each target, drawn by the seed; default: all
  --seed S      default 1
  --json FILE   the result, for docs/results`;
const WIDTH = 2;

/** Mutants of a target that the compiler lets pass; those that it does not are no matter of tests. */
function compiling(target, { sample, seed }) {
  const check = typeChecker(ROOT, target.files);
  const all = target.files.flatMap((file) => {
    const source = readFileSync(join(ROOT, file), 'utf8');
    return mutantsOf(source).map((mutant) => ({ ...mutant, file, mutated: withMutant(source, mutant), source }));
  });
  const drawn = sampled(all, sample, seed);
  const mutants = drawn.filter(({ file, mutated }) => check(new Map([[file, mutated]])).length === 0);
  return { mutants, uncompiled: drawn.length - mutants.length, all: all.length };
}

async function fate(copy, target, mutant, limit) {
  const place = join(copy.path, mutant.file);
  writeFileSync(place, mutant.mutated);
  try {
    return await runSpecs(copy, target, limit);
  } finally {
    writeFileSync(place, mutant.source);
  }
}

async function judge(name, target, copies, options) {
  const { mutants, uncompiled, all } = compiling(target, options);
  const began = performance.now();
  if ((await runSpecs(copies[0], target, 300_000)) !== 'survived') throw new Error(`${name}: its specifications fail without any mutant`);
  const limit = 15_000 + Math.ceil(5 * (performance.now() - began));
  console.log(`${name}: ${mutants.length} of ${all} mutants, ${uncompiled} more that do not compile`);
  const outcomes = [];
  const queue = [...mutants];
  await Promise.all(copies.map(async (copy) => {
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      const outcome = { ...mutant, fate: await fate(copy, target, mutant, limit) };
      outcomes.push(outcome);
      if (outcome.fate === 'survived') showSurvivor(outcome);
    }
  }));
  return summaryOf(name, target, outcomes, uncompiled);
}

function showSurvivor({ file, line, kind, source, mutated }) {
  const lineOf = (text) => text.split('\n')[line - 1].trim();
  console.log(`  survived  ${file}:${line} (${kind})\n    - ${lineOf(source)}\n    + ${lineOf(mutated)}`);
}

async function main({ only, sample, seed, json }) {
  const began = performance.now();
  const names = Object.keys(TARGETS).filter((name) => !only || name === only);
  if (names.length === 0) throw new Error(`--only ${only}: one of ${Object.keys(TARGETS).join(', ')}`);
  const copies = Array.from({ length: WIDTH }, () => new Copy(ROOT));
  const summaries = [];
  try {
    for (const name of names) summaries.push(await judge(name, TARGETS[name], copies, { sample, seed }));
  } finally {
    for (const copy of copies) copy.remove();
  }
  for (const { text } of summaries) console.log(text);
  const failedBecause = summaries.flatMap(({ fault }) => fault ?? []);
  for (const sentence of failedBecause) console.error(sentence);
  if (json) {
    const values = Object.fromEntries(summaries.map(({ name, values: each }) => [name, each]));
    const flags = [only && `--only ${only}`, sample && `--sample ${sample} --seed ${seed}`].filter(Boolean).join(' ');
    writeResults(json, {
      figure: 'mutation', command: `npm run mutation${flags && ` -- ${flags}`}`, scale: sample || only ? 'ci' : 'full', driver: 'none', seed: sample ? seed : null,
      size: `${summaries.reduce((sum, { mutants }) => sum + mutants, 0)} mutants${sample ? ', a sample' : ''}`, values, failedBecause, seconds: (performance.now() - began) / 1000,
    });
  }
  console.log(`${summaries.length - failedBecause.length} passed, ${failedBecause.length} failed`);
  return failedBecause.length === 0 ? 0 : 1;
}

const { values: options } = parseArgs({ options: { only: { type: 'string' }, sample: { type: 'string' }, seed: { type: 'string', default: '1' }, json: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
if (options.help) console.log(HELP);
else process.exitCode = await main({ ...options, sample: options.sample && Number(options.sample), seed: Number(options.seed) });
