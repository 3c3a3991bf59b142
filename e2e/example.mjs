import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from './child.mjs';
import { System } from './system.mjs';
import { countsOf } from './counts.mjs';
import { freePort, until } from './waiting.mjs';

const DRIVE = fileURLToPath(new URL('../examples/01-e-commerce/drive.mjs', import.meta.url));
const RUNS = 6;
/** Of the example's output, over which the kills are spread. */
const LINES = 40;
const linesOf = (driver) => driver.log.split('\n').filter((line) => /[▶✓]/.test(line)).length;

/** The main example with every service as so many processes, each killed once in the middle: the n-th after a further share of the tasks has begun or ended. */
export async function exampleOnProcesses(replicas, more = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'novacron-e2e-'));
  const receiver = await freePort();
  const journal = join(dataDir, 'journal.jsonl');
  const system = await System.start(dataDir, { replicas, env: { NOVACRON_WEBHOOK_ALLOW: `127.0.0.1:${receiver}`, ...more } });
  try {
    const env = { NOVACRON_URL: system.url, NOVACRON_DATA: dataDir, NOVACRON_API_KEY_FILE: system.keyFile, NOVACRON_EXAMPLE_PORT: String(receiver), NOVACRON_EXAMPLE_JOURNAL: journal };
    const driver = new Child(DRIVE, [], env, join(dataDir, 'example.log'));
    const returning = [];
    const step = LINES / system.instances.length;
    for (const [n, { name }] of system.instances.entries()) {
      const line = Math.floor(2 + step * n);
      await until(() => driver.exitCode !== undefined || linesOf(driver) >= line, `line ${line} of the example; see ${driver.logFile}`, 120_000);
      if (driver.exitCode !== undefined) throw new Error(`the example ended (${driver.exitCode}) before ${name} was killed: ${driver.log.slice(-600)}`);
      console.log(`  killing ${name}`);
      await system.kill(name);
      // On its way back while the next is killed: whoever is left takes over.
      returning.push(system.startService(name));
    }
    await Promise.all(returning);
    const code = await driver.exited;
    if (code !== 0) throw new Error(`the example failed (${code}): ${driver.log.slice(-800)}; see ${dataDir}`);
    const counts = countsOf(journal, join(dataDir, 'example-deliveries.jsonl'), []);
    if (counts.wrong(RUNS).length > 0) throw new Error(`${counts.wrong(RUNS).join('; ')}; see ${dataDir}`);
  } finally {
    await system.stop();
  }
  return dataDir;
}
