import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { identify, isRunning, signal, type ProcessIdentity } from '@novacron/log/embedded';

jest.setTimeout(60_000);

// Real processes run what `npm start` runs, so the build must be there (npm test sees to it).
const built = (file: string): string => new URL(`../../dist/supervise/${file}.js`, import.meta.url).href;
const stubs: Record<string, string> = {
  services: `
    import http from 'node:http'; import fs from 'node:fs';
    import { watchParent, stopOrphanedPostgres } from '${built('parent')}';
    const { NOVACRON_DATA: data, NOVACRON_PORT: port, DATABASE_URL: database } = process.env;
    if (!database) { console.error('no database'); process.exit(1); }
    watchParent(process.env, () => stopOrphanedPostgres(process.env).then(() => process.exit(0)));
    process.on('SIGTERM', () => process.exit(0));
    http.createServer((_, response) => response.end('ready')).listen(port, '127.0.0.1', () =>
      fs.writeFileSync(data + '/server.json', JSON.stringify({ pid: process.pid, url: 'http://127.0.0.1:' + port }), { mode: 0o600 }));`,
  // As bad as an agent can be: deaf to SIGTERM, with a task in a session of its own.
  agent: `
    import { spawn } from 'node:child_process'; import fs from 'node:fs';
    if (process.env.DATABASE_URL || process.env.NOVACRON_LOG || process.env.NOVACRON_KAFKA_PASSWORD) process.exit(3);
    process.on('SIGTERM', () => {});
    const file = process.env.NOVACRON_DATA + '/task.pid';
    if (fs.existsSync(file)) try { process.kill(Number(fs.readFileSync(file, 'utf8')), 'SIGKILL'); } catch {}
    const task = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
    fs.writeFileSync(file, String(task.pid));
    const end = () => { task.kill('SIGKILL'); process.exit(0); };
    process.on('disconnect', end);
    if (!process.connected) end(); // it may have happened while this file was loading`,
  example: `
    console.log('example at ' + process.env.NOVACRON_URL);
    if (process.env.STUB_EXAMPLE === 'wait') setInterval(() => {}, 1000); else process.exit(Number(process.env.STUB_EXAMPLE ?? 0));`,
  start: `
    import { run } from '${built('run')}';
    const at = (name) => new URL('./' + name + '.mjs', import.meta.url).pathname;
    process.exit(await run({ argv: process.argv.slice(2), env: process.env, clone: '/', isTerminal: process.env.STUB_TERMINAL === '1', programs: { services: at('services'), agent: at('agent'), example: at('example') } }));`,
};

let place: string;
let data: string;
let port: number;
const started = new Set<Start>();

/** One `npm start` as a process of its own. */
class Start {
  readonly process: ChildProcess;
  said = '';
  constructor(argv: string[], env: Record<string, string> = {}) {
    this.process = spawn(process.execPath, [join(place, 'start.mjs'), '--data', data, '--port', String(port), ...argv], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout, this.process.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (this.said += text));
    started.add(this);
  }
  async ends(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'close');
    return this.process.exitCode;
  }
  async says(what: RegExp, times = 1): Promise<void> {
    await until(() => (this.said.match(new RegExp(what, 'g')) ?? []).length >= times, () => `${what} in: ${this.said}`);
  }
}

async function until(holds: () => boolean, what: () => string, ms = 20_000): Promise<void> {
  for (const deadline = performance.now() + ms; !holds(); await delay(20)) if (performance.now() > deadline) throw new Error(`waited in vain for ${what()}`);
}

function childrenNow(): Record<string, ProcessIdentity> {
  const { children } = JSON.parse(readFileSync(join(data, 'processes.json'), 'utf8')) as { children: Record<string, ProcessIdentity> };
  return { ...children, PostgreSQL: JSON.parse(readFileSync(join(data, 'postgres.json'), 'utf8')) as ProcessIdentity };
}

async function allGone(processes: Iterable<ProcessIdentity>, ms: number): Promise<void> {
  const left = [...processes];
  await until(() => left.every((one) => !isRunning(one)), () => `the end of ${JSON.stringify(left.filter(isRunning))}`, ms);
}

beforeAll(() => {
  if (!existsSync(fileURLToPath(built('run')))) throw new Error('not built: run "npm run build" first');
});
beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'novacron-start-'));
  chmodSync(place, 0o755);
  data = join(place, 'data');
  for (const [name, text] of Object.entries(stubs)) writeFileSync(join(place, `${name}.mjs`), text);
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  port = (probe.address() as AddressInfo).port;
  probe.close();
});
afterEach(async () => {
  for (const start of started) start.process.kill('SIGTERM');
  await Promise.all([...started].map((start) => start.ends()));
  started.clear();
  rmSync(place, { recursive: true, force: true });
});

test('with --once it ends as the example did, and leaves no process and no lock', async () => {
  const first = new Start(['--once'], { STUB_TERMINAL: '1' });
  expect(await first.ends()).toBe(0);
  expect(first.said).toContain(`example at http://127.0.0.1:${port}`);
  const postgres = JSON.parse(readFileSync(join(data, 'postgres.json'), 'utf8')) as ProcessIdentity;
  expect(isRunning(postgres)).toBe(false);
  expect(existsSync(join(data, 'processes.json')) || existsSync(join(data, 'supervisor.json'))).toBe(false);
  const second = new Start([], { STUB_EXAMPLE: '3' });
  expect(await second.ends()).toBe(1);
  expect(second.said).toContain(`the example ended without success (3); logs are in ${data}`);
  expect(first.said + second.said).not.toContain(readFileSync(join(data, 'postgres.password'), 'utf8').trim());
});

test('a killed agent, services process and PostgreSQL are started again; Ctrl-C leaves nothing within 5 s', async () => {
  const start = new Start([], { STUB_TERMINAL: '1' });
  await start.says(/is up at/);
  const before = childrenNow();
  expect(statSync(join(data, 'processes.json')).mode & 0o777).toBe(0o600);
  let restarts = 0;
  for (const name of ['agent', 'services', 'PostgreSQL']) {
    signal(before[name] as ProcessIdentity, 'SIGKILL');
    await start.says(/runs again/, ++restarts);
    expect(childrenNow()[name]?.pid).not.toBe(before[name]?.pid);
  }
  const after = Object.values(childrenNow());
  expect(after.every(isRunning)).toBe(true);
  start.process.kill('SIGINT');
  const began = performance.now();
  expect(await start.ends()).toBe(0);
  expect(performance.now() - began).toBeLessThan(5000);
  await allGone(after, 0);
  expect(identify(Number(readFileSync(join(data, 'task.pid'), 'utf8')))).toBeNull();
});

test('Ctrl-C while the example runs ends it too, with 130', async () => {
  const start = new Start([], { STUB_EXAMPLE: 'wait' });
  await start.says(/example at/);
  start.process.kill('SIGINT');
  start.process.kill('SIGINT'); // npm passes it on once more
  expect(await start.ends()).toBe(130);
});

test('a second start says who runs where and exits 2, and leaves the first alone', async () => {
  const first = new Start(['--no-example']);
  await first.says(/is up at/);
  const second = new Start(['--no-example']);
  expect(await second.ends()).toBe(2);
  expect(second.said).toBe(`novacron: NovaCron already runs on ${data}: process ${first.process.pid}, at http://127.0.0.1:${port}. Use that one, stop it with Ctrl-C there (or kill ${first.process.pid}), or choose another directory and port with --data and --port.\n`);
  expect(Object.values(childrenNow()).every(isRunning)).toBe(true);
});

test('when only the supervisor is killed, everything else ends by itself', async () => {
  const start = new Start(['--no-example']);
  await start.says(/is up at/);
  const children = Object.values(childrenNow());
  start.process.kill('SIGKILL');
  await allGone(children, 20_000);
});

test('a start at once after a kill ends what is deaf, adopts PostgreSQL and runs', async () => {
  const first = new Start(['--no-example']);
  await first.says(/is up at/);
  const before = childrenNow();
  signal(before['agent'] as ProcessIdentity, 'SIGSTOP');
  signal(before['services'] as ProcessIdentity, 'SIGSTOP');
  first.process.kill('SIGKILL');
  await first.ends();
  const second = new Start(['--no-example']);
  await second.says(/is up at/);
  expect(second.said).toMatch(/ending what a killed supervisor left: services \(process \d+\), agent \(process \d+\)/);
  expect(second.said).toContain(`adopting the PostgreSQL that was left running (process ${before['PostgreSQL']?.pid})`);
  await allGone([before['agent'] as ProcessIdentity, before['services'] as ProcessIdentity], 0);
  signal(before['PostgreSQL'] as ProcessIdentity, 'SIGKILL');
  await second.says(/PostgreSQL runs again/);
});

test('a taken port is told with its owner', async () => {
  const thief = createServer().listen(port, '127.0.0.1');
  await once(thief, 'listening');
  const start = new Start(['--no-example']);
  expect(await start.ends()).toBe(2);
  expect(start.said).toMatch(new RegExp(`^novacron: Port ${port} is taken by .*\\(process ${process.pid}\\): stop that, or choose another port with "npm start -- --port ${port + 1}"\\.\n$`));
  thief.close();
});

test('services that are killed while they start, or find no database, are started again', async () => {
  const onceEach = `
    import fs from 'node:fs';
    const tries = process.env.NOVACRON_DATA + '/tries';
    fs.appendFileSync(tries, 'x');
    const count = fs.readFileSync(tries, 'utf8').length;
    if (count === 1) process.kill(process.pid, 'SIGKILL');
    if (count === 2) process.exit(75);
    if (count === 3) await import('./real.mjs');`;
  writeFileSync(join(place, 'real.mjs'), stubs['services'] as string);
  writeFileSync(join(place, 'services.mjs'), onceEach);
  const start = new Start(['--once']);
  expect(await start.ends()).toBe(0);
  expect(start.said.match(/services ended at start .* starting it again/g)).toHaveLength(2);
});

test('what services say at a failed start is the reason', async () => {
  writeFileSync(join(place, 'services.mjs'), "console.error('The licence of the moon has expired.'); process.exit(1)");
  const start = new Start(['--no-example']);
  expect(await start.ends()).toBe(1);
  expect(start.said).toMatch(/\nnovacron: The licence of the moon has expired\.\n$/);
});

test('a DATABASE_URL where nothing listens is told in one sentence', async () => {
  const start = new Start(['--no-example'], { DATABASE_URL: `postgres://u:secret@127.0.0.1:${port}/db` });
  expect(await start.ends()).toBe(1);
  expect(start.said).toContain(`novacron: Cannot use the PostgreSQL at 127.0.0.1:${port}/db as user u: nothing listens there: start PostgreSQL or correct DATABASE_URL.\n`);
});
