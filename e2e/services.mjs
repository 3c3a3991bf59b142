/** npm run e2e:services [-- --example | --stories [WORD…]]: the main example on eight processes, each killed once; then the stories, in which one service is away. */
import { rmSync } from 'node:fs';
import { exampleOnEightProcesses } from './example.mjs';
import { movedLog } from './moved.mjs';
import { audit } from './stories/audit.mjs';
import { attempts } from './stories/attempts.mjs';
import { malformed } from './stories/malformed.mjs';
import { metrics } from './stories/metrics.mjs';
import { occasions } from './stories/occasions.mjs';
import { World } from './stories/world.mjs';

const [, , , only, ...words] = process.argv;
const failures = [];
let passed = 0;

async function check(name, run) {
  const began = performance.now();
  try {
    await run();
    passed += 1;
    console.log(`ok      ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failures.push(name);
    console.log(`FAILED  ${name}: ${error.message}`);
  }
}

async function tellStories() {
  const world = await World.start();
  for (const [name, story] of Object.entries({ ...attempts, ...occasions, ...malformed, ...audit, ...metrics })) {
    if (words.length === 0 || words.some((word) => name.includes(word))) await check(name, () => story(world));
  }
  await world.stop();
  if (failures.length === 0) rmSync(world.dataDir, { recursive: true });
  else console.log(`logs are in ${world.dataDir}`);
}

if (only !== '--stories') await check('the main example on eight processes, each killed once', async () => rmSync(await exampleOnEightProcesses(), { recursive: true }));
if (only !== '--example') await tellStories();
const moving = 'a log is copied to another database, and the system goes on there';
if (only !== '--example' && (words.length === 0 || words.some((word) => moving.includes(word)))) await check(moving, async () => rmSync(await movedLog(), { recursive: true }));
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);
