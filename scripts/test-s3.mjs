/** The artifact store on a real S3 server (MinIO, a Go module), which is built once into .tmp/bin, started on a free port and stopped again. */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ensure from './ensure.cjs';
import { endWithUs } from '../e2e/child.mjs';
import { freePort, until } from '../e2e/waiting.mjs';
import { identify } from '../libs/log/dist/embedded/index.js';

const MINIO = 'github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c';
const binaries = join(ensure.root, '.tmp', 'bin');
const credentials = { AWS_ACCESS_KEY_ID: 'novacron', AWS_SECRET_ACCESS_KEY: randomBytes(20).toString('hex') };

/** A binary on the PATH or of an earlier build; else built, where there is Go. */
function minio() {
  const built = join(binaries, 'minio');
  if (existsSync(built)) return built;
  if (spawnSync('minio', ['--version']).status === 0) return 'minio';
  if (spawnSync('go', ['version']).status !== 0) return undefined;
  console.log(`building ${MINIO} (once, some minutes)`);
  mkdirSync(binaries, { recursive: true });
  const { status } = spawnSync('go', ['install', '-trimpath', MINIO], { env: { ...process.env, GOBIN: binaries }, stdio: ['ignore', 'inherit', 'inherit'] });
  return status === 0 ? built : undefined;
}

async function start(binary, data) {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const env = { ...process.env, MINIO_ROOT_USER: credentials.AWS_ACCESS_KEY_ID, MINIO_ROOT_PASSWORD: credentials.AWS_SECRET_ACCESS_KEY, MINIO_BROWSER: 'off' };
  const server = spawn(binary, ['server', data, '--address', `127.0.0.1:${port}`, '--quiet'], { env, stdio: 'ignore' });
  endWithUs(identify(server.pid));
  await until(async () => {
    if (server.exitCode !== null) throw new Error(`the S3 server ended at start (${server.exitCode})`);
    return fetch(`${endpoint}/minio/health/ready`, { signal: AbortSignal.timeout(2_000) }).then(({ ok }) => ok, () => false);
  }, 'the S3 server to be ready');
  return { endpoint, server };
}

const binary = minio();
if (binary === undefined) {
  console.log('SKIPPED: there is neither a minio on the PATH nor a Go to build one with; install Go 1.24 or later (https://go.dev/dl)');
  console.log(process.env['CI'] ? '0 passed, 1 failed' : '1 skipped, 0 passed, 0 failed');
  process.exit(process.env['CI'] ? 1 : 0);
}
const data = mkdtempSync(join(tmpdir(), 'novacron-s3-'));
let server;
try {
  const started = await start(binary, data);
  server = started.server;
  const report = join(data, '.report.json');
  const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', '--rootDir', 'libs/service', '--config', 'libs/service/jest.s3.mjs', '--json', '--outputFile', report];
  const { status } = spawnSync(process.execPath, jest, { cwd: ensure.root, stdio: 'inherit', env: { ...process.env, ...credentials, NOVACRON_TEST_S3: started.endpoint } });
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
  console.log(`${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`);
  process.exitCode = status ?? 1;
} finally {
  server?.kill('SIGKILL');
  rmSync(data, { recursive: true, force: true });
}
