/**
 * npm run e2e:services [-- --replicas N] [--log kafka] [--example | --stories [WORD…]]: the main example with every service as N processes (default 2), each killed once; then the
 * stories, in which one process is away. On a real Kafka of its own where that is asked for (Java 17 and Maven, as npm run test:kafka installs them).
 */
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startKafka } from '../libs/log/dist/testing/index.js';
import { exampleOnProcesses } from './example.mjs';
import { movedLog } from './moved.mjs';
import { restored } from './restored.mjs';
import { audit, tampering } from './stories/audit.mjs';
import { attempts } from './stories/attempts.mjs';
import { malformed } from './stories/malformed.mjs';
import { metrics } from './stories/metrics.mjs';
import { occasions } from './stories/occasions.mjs';
import { World } from './stories/world.mjs';
import { SERVICES } from './system.mjs';

const { values, positionals: words } = parseArgs({ args: process.argv.slice(3), options: { example: { type: 'boolean' }, stories: { type: 'boolean' }, replicas: { type: 'string', default: '2' }, log: { type: 'string', default: 'postgres' } }, allowPositionals: true });
const replicas = Number(values.replicas);
if (!['postgres', 'kafka'].includes(values.log)) throw new Error('--log takes postgres or kafka');
if (!Number.isInteger(replicas) || replicas < 1) throw new Error('--replicas takes a whole number from 1');
const kafka = values.log === 'kafka' ? await startKafka() : undefined;
/** Each installation has a log of its own. */
const envOf = (installation) => (kafka ? { NOVACRON_LOG: `kafka://${kafka.servers}`, NOVACRON_KAFKA_PREFIX: `${installation}.` } : {});
/** What is done to tables of the log, or with one that is in PostgreSQL. */
const onPostgres = kafka ? {} : tampering;
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
  const world = await World.start(replicas, envOf('stories'));
  for (const [name, story] of Object.entries({ ...attempts, ...occasions, ...malformed, ...audit, ...onPostgres, ...metrics })) {
    if (words.length === 0 || words.some((word) => name.includes(word))) await check(name, () => story(world));
  }
  await world.stop();
  if (failures.length === 0) rmSync(world.dataDir, { recursive: true });
  else console.log(`logs are in ${world.dataDir}`);
}

if (!values.stories) await check(`the main example on ${SERVICES.length * replicas} processes${kafka ? ' and Kafka' : ''}, each killed once`, async () => rmSync(await exampleOnProcesses(replicas, envOf('example')), { recursive: true }));
if (!values.example) await tellStories();
const installations = { 'a log is copied to another database, and the system goes on there': movedLog, 'a copy of the data directory is a backup: what starts on it goes on': restored };
for (const [name, story] of Object.entries(kafka || values.example ? {} : installations)) {
  if (words.length === 0 || words.some((word) => name.includes(word))) await check(name, async () => rmSync(await story(), { recursive: true }));
}
await kafka?.stop();
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);
