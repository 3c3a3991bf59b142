/** npm run e2e:moved: an installation moves from its PostgreSQL to a real Kafka (Java 17 and Maven, as npm run test:kafka installs them), goes on there, and its log is copied back. */
import { rmSync } from 'node:fs';
import { startKafka } from '../libs/log/dist/testing/index.js';
import { movedLog } from './moved.mjs';

const kafka = await startKafka();
let failed = 0;
try {
  rmSync(await movedLog({ place: () => `kafka://127.0.0.1:${kafka.nodes[0].port}` }), { recursive: true });
  console.log('ok      a log is copied from PostgreSQL to Kafka, the system goes on there, and it is copied back');
} catch (error) {
  failed = 1;
  console.log(`FAILED  ${error.stack}`);
} finally {
  await kafka.stop();
}
console.log(`${1 - failed} passed, ${failed} failed`);
process.exit(failed);
