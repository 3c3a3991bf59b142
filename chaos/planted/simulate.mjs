// Runs in a copy: seeds of the simulation, one after the other, until one sees a violation. Exits 1 with that seed and what it saw; shrinks and keeps nothing.
import { makeChecker } from '../../simulation/dist/checker/checker.js';
import { escaping } from '../../simulation/dist/run/escaping.js';
import { runCase } from '../../simulation/dist/run/seed.js';
import { makeWorkload } from '../../simulation/dist/workload/workload.js';

const seeds = Number(process.argv[2]);
for (let seed = 1; seed <= seeds; seed++) {
  const { violations } = await escaping(() => runCase({ seed, size: 'small' }, { makeWorkload, makeChecker }));
  if (violations.length === 0) continue;
  console.log(`seed ${seed}, invariant ${violations[0].invariant}: ${violations[0].what.replace(/\s+/g, ' ').slice(0, 140)}`);
  process.exit(1);
}
process.exit(0);
