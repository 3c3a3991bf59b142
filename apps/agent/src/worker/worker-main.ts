import { mkdirSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sha256OfFile } from '../files/hashes.ts';
import { failureOf } from './failures.ts';
import { mayBegin } from './claims.ts';
import { CHANNEL, lines, OUTPUT_LIMIT, type FromWorker, type RunOrder, type ToWorker } from './protocol.ts';

/**
 * The process in which function tasks run: one attempt at a time, one workspace in its life. It has no credential; what it writes
 * is uploaded by the agent.
 */
type Run = RunOrder;
type TaskFunction = (context: object) => unknown;

const channel = new Socket({ fd: CHANNEL, readable: true, writable: true });
const functions = new Map<string, TaskFunction>();
const backlog: Run[] = [];
let working = false;
const writeToChannel = channel.write.bind(channel);
let current: { run: Run; abort: AbortController | undefined; wrote: boolean; aborted: boolean } | undefined;

function send(message: FromWorker): void {
  writeToChannel(`${JSON.stringify(message)}\n`);
}

/** In order, one at a time. A result is in the pipe before the next attempt begins: the first without one is the one that ran. */
async function work(): Promise<void> {
  working = true;
  for (let run = backlog.shift(); run; run = backlog.shift()) {
    if (run.claim && !mayBegin(run.n)) send({ t: 'refused', n: run.n });
    else await execute(run);
    if (channel.writableLength > 0) await new Promise((resolve) => writeToChannel('', resolve));
  }
  working = false;
}

async function execute(run: Run): Promise<void> {
  const attempt = (current = { run, abort: undefined, wrote: false, aborted: false });
  process.env.NOVACRON_ATTEMPT = run.id; // what user code starts can be told apart
  let answer: FromWorker;
  try {
    const key = `${run.bundle} ${run.uses}`;
    const task = functions.get(key) ?? (await load(run, key));
    answer = succeeded(await task(contextOf(attempt)), attempt.wrote);
  } catch (error) {
    answer = { t: 'failed', failure: failureOf(error, run.bundle), wrote: attempt.wrote };
  }
  if (current !== attempt) return;
  current = undefined;
  send(answer);
}

async function load(run: Run, key: string): Promise<TaskFunction> {
  const [file, name = 'default'] = run.uses.split('#') as [string, string?];
  const path = resolve(run.bundle, file);
  if (!path.startsWith(run.bundle + sep)) throw permanent('FunctionNotFound', `uses: ${run.uses} leads out of the workflow's folder`);
  let module: Record<string, unknown>;
  try {
    module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    const failure = failureOf(error, run.bundle);
    throw permanent(failure.code === 'ERR_MODULE_NOT_FOUND' ? 'FunctionNotFound' : failure.code, `uses: ${run.uses} cannot be imported: ${failure.message}`);
  }
  const task = module[name];
  if (typeof task !== 'function') {
    throw permanent('FunctionNotFound', `uses: ${run.uses}: ${file} exports no function ${JSON.stringify(name)}; it exports ${Object.keys(module).join(', ') || 'nothing'}`);
  }
  functions.set(key, task as TaskFunction);
  return task as TaskFunction;
}

function succeeded(returned: unknown, wrote: boolean): FromWorker {
  const outputs = returned ?? {};
  if (typeof outputs !== 'object' || Array.isArray(outputs)) {
    throw permanent('BadOutputs', `the function returned ${Array.isArray(outputs) ? 'an array' : `a ${typeof outputs}`}; return an object of named outputs, or nothing`);
  }
  const text = JSON.stringify(outputs);
  if (text.length > OUTPUT_LIMIT) {
    throw permanent('OutputsTooLarge', `the outputs are ${text.length} characters of JSON, over ${OUTPUT_LIMIT}; write what is big to outputs.path(name) and return await outputs.file(name)`);
  }
  return { t: 'ok', outputs: outputs as never, wrote };
}

const permanent = (code: string, message: string) => ({ class: 'permanent', code, message });

/** Files, signal and folder are made when asked for: a function that touches none costs no system call. */
function contextOf(attempt: NonNullable<typeof current>): object {
  const { run } = attempt;
  return {
    params: run.params,
    inputs: run.inputs,
    attempt: run.attempt,
    log: (text: unknown) => send({ t: 'log', text: `${typeof text === 'string' ? text : JSON.stringify(text)}\n` }),
    progress: (fraction: number) => send({ t: 'progress', fraction: Math.min(1, Math.max(0, Number(fraction) || 0)) }),
    get signal() {
      attempt.abort ??= new AbortController();
      if (attempt.aborted) attempt.abort.abort();
      return attempt.abort.signal;
    },
    outputs: {
      get dir() {
        return folder(attempt);
      },
      path: (name: string) => pathOf(attempt, name),
      file: (name: string) => describe(pathOf(attempt, name), name),
    },
  };
}

function folder(attempt: NonNullable<typeof current>): string {
  if (!attempt.wrote) mkdirSync(attempt.run.artifacts, { recursive: true });
  attempt.wrote = true;
  return attempt.run.artifacts;
}

function pathOf(attempt: NonNullable<typeof current>, name: string): string {
  const dir = folder(attempt);
  const path = join(dir, name);
  const inside = relative(dir, path);
  if (inside === '' || inside.startsWith('..')) throw permanent('BadFileName', `outputs.path(${JSON.stringify(name)}): the name leads out of the folder`);
  if (inside.includes(sep)) mkdirSync(dirname(path), { recursive: true });
  return path;
}

async function describe(path: string, name: string): Promise<object> {
  return { name, hash: await sha256OfFile(path), size: statSync(path).size };
}

/** What user code prints belongs to its log, in order with `ctx.log`. */
function capture(stream: NodeJS.WriteStream): void {
  stream.write = ((chunk: string | Uint8Array, encoding?: unknown, done?: unknown) => {
    send({ t: 'log', text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8') });
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') process.nextTick(callback as () => void);
    return true;
  }) as typeof stream.write;
}

/** An error that nobody catches leaves the process in an unknown state: it fails the attempt and ends the worker. */
function fatal(error: unknown): void {
  if (current) send({ t: 'failed', failure: failureOf(error, current.run.bundle), wrote: current.wrote, last: true });
  current = undefined;
  channel.end(() => process.exit(70));
}

capture(process.stdout);
capture(process.stderr);
process.on('uncaughtException', fatal);
process.on('unhandledRejection', fatal);
channel.setEncoding('utf8');
const receive = lines((line) => {
  const message = JSON.parse(line) as ToWorker;
  if (message.t === 'run') {
    backlog.push(message);
    return;
  }
  if (current?.run.id !== message.id) return;
  send({ t: 'aborting' });
  current.aborted = true;
  current.abort?.abort();
});
channel.on('data', (chunk) => {
  receive(chunk as unknown as string);
  if (!working && backlog.length > 0) void work();
});
channel.on('error', () => process.exit(0));
channel.on('close', () => process.exit(0)); // the agent is gone
