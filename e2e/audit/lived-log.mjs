import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startSystem } from '../../bench/system.mjs';
import { publicKeyOf } from '../../libs/log/dist/index.js';
import { Api } from '../api.mjs';
import { until } from '../waiting.mjs';

const cli = fileURLToPath(new URL('../../bin/novacron.mjs', import.meta.url));
const YAML = ['apiVersion: novacron.io/v1', 'kind: Workflow', 'metadata: { name: steps }', 'spec:', '  tasks:', '    - { name: one, uses: "./tasks.mjs#step" }', '    - { name: two, needs: [one], uses: "./tasks.mjs#step" }', '    - { name: three, needs: [two], uses: "./tasks.mjs#step" }'].join('\n');
const AT_ONCE = 60;

/**
 * A log that a real system wrote: what `npm start` runs does `runs` runs of three tasks, its services killed once in the middle; heads are exported
 * before the last tenth. Answers a copy of rows, books and signed heads as they lay in the database while it was up, and what was exported.
 */
export async function livedLog({ runs }) {
  // Partitions are signed every second or two, so that a short life has as many heads as a long one.
  Object.assign(process.env, { NOVACRON_AUDIT_MINUTES: '0.02', NOVACRON_LOG_LEVEL: 'error' });
  const system = await startSystem({});
  try {
    const api = new Api(`http://127.0.0.1:${new URL(JSON.parse(readFileSync(join(system.dataDir, 'server.json'), 'utf8')).url).port}`, join(system.dataDir, 'admin.key'));
    await api.workspace('lived');
    await api.apply('lived', YAML, { 'tasks.mjs': 'export const step = () => ({});\n' });
    await doRuns(api, Math.floor(runs * 0.4));
    await killServices(system, api);
    await doRuns(api, Math.floor(runs * 0.5));
    await allSigned(system.databaseUrl);
    const exported = execFileSync(process.execPath, [cli, 'audit', 'heads', '--export', '-', '--data', system.dataDir], { encoding: 'utf8', maxBuffer: 1 << 28 }).split('\n').filter(Boolean);
    await doRuns(api, Math.ceil(runs * 0.1));
    const publicKey = publicKeyOf(readFileSync(join(system.dataDir, 'audit.pub'), 'utf8'));
    return { ...(await copyOf(system.databaseUrl)), exported, publicKey };
  } finally {
    await system.stop();
  }
}

async function doRuns(api, count) {
  let left = count;
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, async () => {
    while (left-- > 0) {
      const { status } = await api.ended('lived', await api.start('lived', 'steps'));
      if (status !== 'succeeded') throw new Error(`a run ended ${status}`);
    }
  }));
}

/** Resolves when every partition's last commit is signed. */
async function allSigned(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const open = `select count(*)::int as open from log_partition p where next_seq - 1 > coalesce((select max((line::json->>'seq')::bigint) from log_head h where h.topic = p.topic and h.partition = p.partition), -1)`;
  await until(async () => (await client.query(open)).rows[0].open === 0, 'signed heads of all commits').finally(() => client.end());
}

async function killServices({ dataDir }, api) {
  const { pid } = JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8'));
  process.kill(pid, 'SIGKILL');
  await until(async () => JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8')).pid !== pid && fetch(`${api.url}/readyz`).then(({ status }) => status === 200, () => false), 'the services after their kill');
}

/** Everything in one snapshot of the database, which goes on being written. */
async function copyOf(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    const rows = (await client.query('select topic, partition, last_seq, epoch, body from log_segment order by topic, partition, last_seq, epoch')).rows;
    const heads = (await client.query('select topic, partition, n, line from log_head order by topic, partition, n')).rows;
    const books = (await client.query('select topic, partition, epoch, next_seq, address from log_partition')).rows;
    return { rows, heads, books };
  } finally {
    await client.end();
  }
}
