import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { borrowDatabase } from '@novacron/log/embedded';
import { freePort } from '@novacron/log/testing';
import { Api } from './api.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const fileSystems = { 0xef53: 'ext4', 0x58465342: 'xfs', 0x9123683e: 'btrfs', 0x2fc12fc1: 'zfs', 0x794c7630: 'overlay', 0x6969: 'nfs', 0x1a: 'apfs', 0x1021994: 'tmpfs' };

/** Starts what `npm start -- --no-example` starts, on a data directory of its own or on `data`, which then stays; resolves when it says that it is up. */
export async function startSystem({ profile, data, env: more = {} }) {
  mkdirSync(join(root, '.tmp'), { recursive: true });
  const dataDir = data === undefined ? mkdtempSync(join(root, '.tmp', 'bench-')) : resolve(data);
  const port = await freePort();
  // With an inspector port of 0, a signal lets the profiler in at any free port; see profile.mjs.
  const env = { ...process.env, ...more, ...(profile && { NODE_OPTIONS: '--inspect-port=0' }) };
  const supervisor = spawn(process.execPath, ['apps/standalone/dist/supervise/main.js', '--no-example', '--data', dataDir, '--port', String(port)], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise((done) => supervisor.on('exit', done));
  await new Promise((up, reject) => {
    supervisor.stdout.setEncoding('utf8').on('data', (text) => text.includes('NovaCron is up') && up());
    exited.then((code) => reject(new Error(`npm start ended with ${code}`)));
  });
  const { url: databaseUrl } = await borrowDatabase(process.env, { dataDir });
  const location = locationOf(dataDir);
  const api = new Api(`http://127.0.0.1:${port}`, readFileSync(join(dataDir, 'admin.key'), 'utf8').trim());
  const stop = async () => {
    api.close();
    supervisor.kill('SIGTERM');
    await exited;
    if (data !== undefined) return;
    rmSync(dataDir, { recursive: true, force: true });
    if (!location.startsWith(dataDir)) rmSync(dirname(location), { recursive: true, force: true });
  };
  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]]) process.once(signal, () => void stop().then(() => process.exit(code)));
  return { api, dataDir, pid: supervisor.pid, databaseUrl, fileSystem: fileSystemOf(location), stop };
}

/** Where PostgreSQL's own data lies: below the data directory, or where its user can reach it. */
function locationOf(dataDir) {
  if (process.env.DATABASE_URL) return dataDir;
  return resolve(dataDir, JSON.parse(readFileSync(join(dataDir, 'postgres.json'), 'utf8')).location);
}

function fileSystemOf(path) {
  const { type } = statfsSync(path);
  return fileSystems[type] ?? `file system 0x${type.toString(16)}`;
}
