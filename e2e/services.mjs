/** npm run e2e:services: the main example on eight processes, each killed once; then the stories, in which one service is away. */
import { rmSync } from 'node:fs';
import { exampleOnEightProcesses } from './example.mjs';

const only = process.argv.slice(3);
let passed = 0;
let failed = 0;

async function check(name, run) {
  const began = performance.now();
  try {
    await run();
    passed += 1;
    console.log(`ok      ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}: ${error.message}`);
  }
}

if (!only.includes('--stories')) await check('the main example on eight processes, each killed once', async () => rmSync(await exampleOnEightProcesses(), { recursive: true }));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
