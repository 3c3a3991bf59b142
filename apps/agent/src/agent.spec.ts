import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync, mkdirSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ControlPlane, MAIN } from './control-plane.fixture.ts';
import { startTimeOf } from './process-tree.ts';

const TASKS = `
  import { appendFileSync } from 'node:fs';
  import { spawn } from 'node:child_process';
  export const noop = () => {};
  export const count = ({ params }) => { appendFileSync(params.file, 'x'); return {}; };
  export const hang = ({ params, log }) => new Promise(() => { if (params.file) appendFileSync(params.file, 'x'); log('hangs'); });
  export const fork = ({ params }) => new Promise(() => {
    spawn('sh', ['-c', 'setsid sh -c "sleep 1000 & echo \\\\$\\\\$ \\\\$! >> ' + params.file + '; sleep 1000" &'], { stdio: 'ignore' });
  });
  export const heap = () => { const all = []; for (;;) all.push(new Array(1e5).fill(Math.random())); };
  export const exit = () => process.exit(3);
  export const crash = () => { setTimeout(() => { throw new Error('thrown later'); }, 1); return new Promise(() => {}); };
  export const polite = ({ signal, params }) => new Promise((resolve) => signal.addEventListener('abort', () => { appendFileSync(params.file, 'aborted'); resolve({}); }));
  export const slow = ({ progress }) => new Promise((resolve) => { progress(0.5); setTimeout(resolve, 400); });
  export const big = () => ({ text: 'x'.repeat(100_000) });
  export const prints = () => { console.log('to stdout'); console.error('to stderr'); };
`;

describe('agent', () => {
  let plane: ControlPlane;
  let bundle: string;
  let file: string;
  const order = (task: string, params = {}, more = {}) => plane.order(task, { bundle, uses: `./tasks.mjs#${task.split('-')[0]}`, params }, more);
  const outcome = async (it: ReturnType<typeof order>) => (await plane.result(it)).outcome;

  beforeEach(async () => {
    plane = new ControlPlane();
    await plane.listen();
    bundle = await plane.bundle({ 'tasks.mjs': TASKS });
    file = join(plane.dir, 'seen');
    writeFileSync(file, '');
  });
  afterEach(() => plane.close());

  const connect = async (env = {}) => {
    plane.startAgent(env);
    return plane.connected();
  };

  it('registers what the settings file declares, and lists nothing at its first start', async () => {
    mkdirSync(plane.nodeDir, { recursive: true });
    writeFileSync(join(plane.nodeDir, 'agent.json'), JSON.stringify({ pool: 'gpus', cpu: 3, memory: 2048, gpus: [{ type: 'H100', memory: 81559 }] }));
    const hello = await connect();
    const node = await plane.until(() => plane.registered[0]);
    expect(hello.attempts).toEqual([]);
    expect(node).toMatchObject({ node: 'node-1', pool: 'gpus', attempts: [], capacity: { cpu: 3, memory: 2048, gpus: [{ index: 0, type: 'H100', memory: 81559 }], declared: true } });
  });

  it('runs a batch of 1,000 in few frames', async () => {
    await connect();
    const orders = Array.from({ length: 1_000 }, (_, i) => order(`noop-${i}`));
    plane.start(...orders.slice(0, 500));
    plane.start(...orders.slice(500));
    const results = await plane.until(() => {
      const all = plane.received.flatMap((m) => (m.type === 'results' ? m.results : []));
      return all.length >= 1_000 && all;
    });
    expect(new Set(results.map((r) => r.task)).size).toBe(1_000);
    expect(results.every((r) => r.outcome.kind === 'succeeded')).toBe(true);
    expect(plane.received.filter((m) => m.type === 'results').length).toBeLessThan(500);
  });

  it('answers a repeat of Start with what it knows, and runs it once', async () => {
    await connect();
    const it = order('count', { file });
    plane.start(it, it);
    await plane.result(it);
    plane.start(it);
    expect(await plane.result(it, 2)).toEqual((await plane.result(it, 1)));
    expect(readFileSync(file, 'utf8')).toBe('x');
  });

  it('never starts what was stopped before, also after a restart', async () => {
    await connect();
    const it = order('count', { file });
    plane.stop(it);
    expect(await outcome(it)).toEqual({ kind: 'cancelled', reason: 'the user cancelled' });
    await plane.stopAgent('SIGKILL');
    await connect();
    plane.start({ ...it, connection: 2 });
    expect((await plane.result(it, 2)).outcome.kind).toBe('cancelled');
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  it('refuses orders of an older claim, also after a restart', async () => {
    await connect();
    plane.epoch = 7;
    const current = order('noop-1');
    plane.start(current);
    await plane.result(current);
    await plane.stopAgent('SIGKILL');
    await connect();
    plane.epoch = 6;
    plane.start(order('count', { file }));
    plane.epoch = 7;
    const next = order('noop-2');
    plane.start(next);
    await plane.result(next);
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  it('keeps a result until it is acknowledged, over lost connections and a killed agent', async () => {
    plane.acknowledges = false;
    await connect();
    const it = order('noop');
    plane.start(it);
    const first = await plane.result(it);
    plane.disconnect();
    expect((await plane.connected()).attempts).toEqual([{ run: 'run-1', task: 'noop', attempt: 1, state: 'ended' }]);
    expect(await plane.result(it, 2)).toEqual(first);
    await plane.stopAgent('SIGKILL');
    expect((await connect()).attempts).toHaveLength(1);
    expect(await plane.result(it, 3)).toEqual(first);
    plane.acknowledge(it);
    const other = order('noop-2');
    plane.start(other); // its journal write carries the acknowledgement
    await plane.result(other);
    plane.acknowledge(other);
    await plane.stopAgent();
    expect((await connect()).attempts).toEqual([]);
  });

  it('lets attempts run on and end while no executor is connected', async () => {
    await connect();
    const it = order('slow');
    plane.start(it);
    await plane.until(() => plane.received.some((m) => m.type === 'beat' && m.attempts.some((a) => a.progress === 0.5)));
    plane.disconnect();
    expect(await outcome(it)).toEqual({ kind: 'succeeded', outputs: {} });
  });

  it('E2: killed, it reports its attempts lost at the next start, and none of their processes is left', async () => {
    await connect();
    const [hang, forks] = [order('hang', { file: join(plane.dir, 'hung') }), order('fork', { file })];
    const process_ = plane.order('process', { kind: 'process', run: ['sh', '-c', `setsid sleep 1000 & echo $$ $! >> ${file}; sleep 1000`] });
    plane.start(hang, forks, process_);
    const pids = await waitFor(() => {
      const found = readFileSync(file, 'utf8').trim().split(/\s+/).map(Number).filter(Boolean);
      return found.length === 4 && existsSync(join(plane.dir, 'hung')) && found;
    });
    await plane.stopAgent('SIGKILL');
    expect(pids.filter((pid) => startTimeOf(pid) !== undefined)).toEqual(pids);
    const hello = await connect();
    expect(hello.attempts).toHaveLength(3);
    for (const it of [hang, forks, process_]) expect(await outcome(it)).toEqual({ kind: 'lost', reason: 'the agent ended while the attempt ran' });
    expect(pids.filter((pid) => startTimeOf(pid) !== undefined)).toEqual([]);
  });

  it('E7: tells memory, crash and exit apart', async () => {
    await connect();
    const [heap, exit, crash, big] = [order('heap', {}, { memory: 32 }), order('exit'), order('crash'), order('big')];
    plane.start(heap, exit, crash, big);
    expect(await outcome(heap)).toMatchObject({ failure: { class: 'resource', code: 'OutOfMemory' } });
    expect(await outcome(exit)).toMatchObject({ failure: { class: 'permanent', code: 'WorkerCrashed' } });
    expect(await outcome(crash)).toMatchObject({ failure: { class: 'permanent', code: 'TaskThrew' } });
    expect(await outcome(big)).toMatchObject({ failure: { class: 'permanent', code: 'OutputsTooLarge' } });
  });

  it('aborts the signal of a cancelled function and lets it end by itself within the grace', async () => {
    await connect();
    const it = order('polite', { file });
    plane.start(it);
    await plane.until(() => plane.received.some((m) => m.type === 'started'));
    plane.stop(it, 20_000);
    expect((await outcome(it)).kind).toBe('cancelled');
    expect(readFileSync(file, 'utf8')).toBe('aborted');
  });

  it('keeps what functions print as their log', async () => {
    await connect();
    const it = order('prints');
    plane.start(it);
    await plane.result(it);
    expect(plane.logs.get(it.credential)).toBe('to stdout\nto stderr\n');
  });

  it('more attempts than cores wait for nobody who only waits', async () => {
    await connect();
    const hanging = Array.from({ length: 6 }, (_, i) => order(`hang-${i}`));
    plane.start(...hanging);
    const it = order('noop');
    plane.start(it);
    expect((await outcome(it)).kind).toBe('succeeded');
  });

  it('is alone in its directory', async () => {
    await connect();
    const second = spawn(process.execPath, [MAIN], { env: { ...process.env, NOVACRON_URL: plane.url, NOVACRON_NODE: 'node-1', NOVACRON_NODE_DIR: plane.nodeDir }, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    second.stderr.on('data', (text) => (said += String(text)));
    const [code] = (await once(second, 'close')) as [number];
    expect(code).toBe(2);
    expect(said).toMatch(/^Another agent \(pid \d+\) runs for .*\. Stop it, or give this one another NOVACRON_NODE_DIR\.\n$/);
  });

  it('ends with its supervisor, and takes what runs with it', async () => {
    const supervisor = spawn('sleep', ['1000'], { stdio: 'ignore' });
    await connect({ NOVACRON_SUPERVISOR: `${supervisor.pid}:${startTimeOf(supervisor.pid!)}` });
    const it = plane.order('process', { kind: 'process', run: ['sh', '-c', `echo $$ >> ${file}; trap '' TERM; while :; do sleep 1; done`] });
    plane.start(it);
    const pid = await waitFor(() => Number(readFileSync(file, 'utf8')));
    const gone = once(plane.agent!, 'exit');
    supervisor.kill('SIGKILL');
    expect(await gone).toEqual([0, null]);
    expect(startTimeOf(pid)).toBeUndefined();
  });
});

/** User code tells through a file. */
async function waitFor<T>(look: () => T | false | 0): Promise<T> {
  for (;;) {
    const found = look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
