import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { Api } from './api.mjs';
import { SERVICES, System } from './system.mjs';
import { until } from './waiting.mjs';

const CLI = fileURLToPath(new URL('../bin/novacron.mjs', import.meta.url));
const YAML = ['apiVersion: novacron.io/v1', 'kind: Workflow', 'metadata: { name: pair }', 'spec:', '  tasks:', '    - { name: one, uses: "./tasks.mjs#step" }', '    - { name: two, needs: [one], uses: "./tasks.mjs#step" }'].join('\n');
const PROCESS = 'gateway';

/**
 * An installation moves: its log is copied from its own PostgreSQL to `place(databaseUrl)`, its services go on there; from Kafka it is copied back. Answers
 * the data directory.
 */
export async function movedLog({ place = otherDatabase } = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'novacron-moved-'));
  const system = await System.start(dataDir, { instances: [{ name: PROCESS, services: SERVICES, program: 'apps/standalone/dist/services.js' }], env: { NOVACRON_AUDIT_MINUTES: '0.02' } });
  try {
    const api = new Api(system.url, system.keyFile);
    await api.workspace('team');
    await api.apply('team', YAML, { 'tasks.mjs': 'export const step = () => ({});\n' });
    const before = await Promise.all(Array.from({ length: 5 }, () => api.start('team', 'pair')));
    for (const run of before) assert.equal((await api.ended('team', run)).status, 'succeeded');
    const to = await place(system.databaseUrl);
    const cli = (...args) => novacron(args, { ...system.env, NOVACRON_DATA: dataDir, DATABASE_URL: system.databaseUrl });
    const living = await cli('log', 'copy', '--from', 'postgres', '--to', to);
    assert.equal(living.code, 1);
    assert.match(living.err, /services run at http/);
    await system.child(PROCESS).kill('SIGTERM');
    const copied = await cli('log', 'copy', '--from', 'postgres', '--to', to);
    assert.equal(copied.code, 0, copied.out + copied.err);
    assert.match(copied.out, /heads +equal: 128 partitions[^]*states +equal: \d+ commits/);
    const again = await cli('log', 'copy', '--from', 'postgres', '--to', to);
    assert.equal(again.code, 1);
    assert.match(again.err, /the target is not empty/);
    const wherever = to.startsWith('postgres') ? { DATABASE_URL: to } : { NOVACRON_LOG: to };
    if (to.startsWith('postgres')) system.place(PROCESS, { host: '127.0.0.1', database: () => to });
    else Object.assign(system.env, wherever);
    await system.startService(PROCESS);
    for (const run of before) assert.equal((await until(() => api.get(`/team/runs/${run}`).catch(() => undefined), 'the runs of before')).status, 'succeeded');
    assert.equal((await api.ended('team', await api.start('team', 'pair'))).status, 'succeeded');
    for (const args of [['rebuild', '--verify'], ['audit', 'verify']]) {
      const proof = await novacron(args, { ...system.env, NOVACRON_DATA: dataDir, DATABASE_URL: system.databaseUrl, ...wherever });
      assert.equal(proof.code, 0, proof.out + proof.err);
    }
    if (to.startsWith('kafka')) {
      await system.child(PROCESS).kill('SIGTERM');
      const back = await cli('log', 'copy', '--from', to, '--to', await otherDatabase(system.databaseUrl));
      assert.equal(back.code, 0, back.out + back.err);
      assert.match(back.out, /heads +equal: 128 partitions[^]*states +equal: \d+ commits[^]*heads went along/);
    }
  } finally {
    await system.stop();
  }
  return dataDir;
}

async function otherDatabase(url) {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query('create database moved');
  await admin.end();
  const other = new URL(url);
  other.pathname = '/moved';
  return other.href;
}

function novacron(args, env) {
  return promisify(execFile)(process.execPath, [CLI, ...args], { env: { ...process.env, ...env }, maxBuffer: 1 << 26 }).then(({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }), ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }));
}
