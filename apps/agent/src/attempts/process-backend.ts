import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { attemptId, type StartOrder } from '@novacron/contracts';
import type { Json, Ports } from '@novacron/kernel';
import { cleanEnvironment } from '../environment.ts';
import type { Journal } from '../journal.ts';
import { endTree, groupRuns, identify, sendSignal, type Tree } from '../process-tree.ts';
import { failureOf } from '../worker/failures.ts';
import { OUTPUT_LIMIT } from '../worker/protocol.ts';
import type { AttemptFiles, Backend, Outcome, Report, Running } from './backend.ts';
import { exitFailure } from './exit-codes.ts';
import type { Leftovers } from './leftovers.ts';
import { withFiles } from './outputs.ts';

export interface ProcessSettings {
  readonly ports: Ports;
  readonly journal: Journal;
  readonly leftovers: Leftovers;
  /** Node directory. */
  readonly dir: string;
}

const TAIL = 4 * 1024;
/** How long the pipes of an ended process are read on, when a child that it left behind holds them. */
const DRAIN_MS = 100;

/** Process tasks: argv without a shell, in a session and a folder of its own. */
export class ProcessBackend implements Backend {
  readonly #settings: ProcessSettings;

  constructor(settings: ProcessSettings) {
    this.#settings = settings;
  }

  start(order: StartOrder, files: AttemptFiles, report: Report): Running {
    const attempt = new ProcessAttempt(this.#settings, order, files, report);
    void attempt.run();
    return attempt;
  }
}

class ProcessAttempt implements Running {
  readonly #settings: ProcessSettings;
  readonly #order: StartOrder;
  readonly #files: AttemptFiles;
  readonly #report: Report;
  readonly #id: string;
  #child: ChildProcess | undefined;
  #tree: Tree = { roots: [] };
  #stopping: Promise<number> | undefined;
  #stopped = false;
  #tail = '';

  constructor(settings: ProcessSettings, order: StartOrder, files: AttemptFiles, report: Report) {
    this.#settings = settings;
    this.#order = order;
    this.#files = files;
    this.#report = report;
    this.#id = attemptId(order);
  }

  async run(): Promise<void> {
    let outcome: Outcome;
    try {
      const cwd = await this.#prepare();
      if (this.#stopped) return;
      outcome = await this.#execute(cwd);
    } catch (error) {
      outcome = { kind: 'failed', failure: failureOf(error) };
    }
    if (!this.#stopped || this.#child) this.#report.ended(outcome);
  }

  stop(grace: number): void {
    if (!this.#child && !this.#stopped) this.#report.ended({ kind: 'cancelled', reason: 'it was stopped before it began' });
    this.#stopped = true;
    if (this.#child) this.#stopping ??= endTree(this.#settings.ports, this.#tree, grace);
  }

  async #prepare(): Promise<string> {
    const { work } = this.#order;
    const { dir } = this.#files;
    const [bundle, inputs] = await Promise.all([work.bundle && this.#files.bundle(work.bundle), this.#files.inputs(work.inputs)]);
    if (this.#stopped) return dir;
    this.#files.touched = true;
    // Not synchronously: a busy disk must not hold the attempts of other workers.
    await mkdir(`${dir}/artifacts`, { recursive: true });
    await writeFile(`${dir}/inputs.json`, JSON.stringify({ params: work.params, inputs }));
    if (!bundle) return dir;
    // A copy, because user code may write where it runs and the unpacked bundle serves other attempts.
    await cp(bundle, `${dir}/work`, { recursive: true });
    return `${dir}/work`;
  }

  async #execute(cwd: string): Promise<Outcome> {
    const { journal, leftovers } = this.#settings;
    const exit = this.#spawn(cwd);
    const pid = this.#child!.pid;
    const root = pid === undefined ? undefined : identify(pid);
    this.#tree = { roots: root ? [root] : [], mark: `NOVACRON_ATTEMPT=${this.#id}` };
    if (root) journal.processStarted(root);
    this.#report.began();
    const { code, signal, error } = await exit;
    if (error) return { kind: 'failed', failure: { class: 'permanent', code: error.code === 'ENOENT' ? 'CommandNotFound' : 'CommandNotStarted', message: `${this.#order.work.run?.[0]}: ${error.message}` } };
    if (this.#stopping) await this.#stopping;
    if (this.#order.gpus.length > 0) while ((await endTree(this.#settings.ports, this.#tree, 0)) > 0); // devices are not free before
    else if (groupRuns(pid!)) sendSignal(-pid!, 'SIGKILL');
    leftovers.sweep(this.#id);
    journal.processGone(pid!);
    const failure = exitFailure(code, signal, this.#tail);
    return failure ? { kind: 'failed', failure } : this.#succeeded();
  }

  #spawn(cwd: string): Promise<{ code: number | null; signal: NodeJS.Signals | null; error?: NodeJS.ErrnoException }> {
    const { dir } = this.#files;
    const [command, ...args] = this.#order.work.run ?? [];
    if (!command) throw { class: 'permanent', code: 'NoCommand', message: `task ${this.#order.task} has an empty command` };
    const child = (this.#child = spawn(command, args, {
      cwd,
      detached: true,
      env: cleanEnvironment(this.#settings.dir, this.#order.gpus, {
        ...this.#order.work.env, NOVACRON_INPUTS: `${dir}/inputs.json`, NOVACRON_OUTPUTS: `${dir}/outputs.json`, NOVACRON_ARTIFACTS: `${dir}/artifacts`, NOVACRON_ATTEMPT: this.#id,
      }),
      stdio: ['ignore', 'pipe', 'pipe'],
    }));
    this.#read(child.stdout!);
    this.#read(child.stderr!, true);
    return new Promise((resolve) => {
      child.on('error', (error) => resolve({ code: null, signal: null, error }));
      child.on('close', (code, signal) => resolve({ code, signal }));
      child.on('exit', (code, signal) => this.#settings.ports.timers.after(DRAIN_MS, () => resolve({ code, signal })));
    });
  }

  /** A full log buffer holds the pipe, and so the process: output never fills this machine. */
  #read(stream: Readable, keep = false): void {
    stream.on('data', (bytes: Buffer) => {
      if (keep) this.#tail = (this.#tail + bytes.toString('utf8')).slice(-TAIL);
      if (this.#files.log(bytes)) return;
      stream.pause();
      void this.#files.drained().then(() => stream.resume());
    });
  }

  async #succeeded(): Promise<Outcome> {
    const { dir } = this.#files;
    const outputs = readOutputs(`${dir}/outputs.json`);
    const files = readdirSync(`${dir}/artifacts`).length > 0 ? await this.#files.upload(`${dir}/artifacts`) : [];
    return { kind: 'succeeded', outputs: withFiles(outputs, files, this.#order.work.outputs), ...(files.length > 0 && { files }) };
  }
}

function readOutputs(path: string): Record<string, Json> {
  if (!existsSync(path)) return {};
  const bad = (code: string, message: string) => ({ class: 'permanent', code, message });
  if (statSync(path).size > OUTPUT_LIMIT) throw bad('OutputsTooLarge', `the file at NOVACRON_OUTPUTS has over ${OUTPUT_LIMIT} bytes; write what is big to NOVACRON_ARTIFACTS`);
  let outputs: unknown;
  try {
    outputs = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw bad('BadOutputs', `the file at NOVACRON_OUTPUTS is not JSON: ${(error as Error).message}`);
  }
  if (typeof outputs !== 'object' || outputs === null || Array.isArray(outputs)) throw bad('BadOutputs', 'the file at NOVACRON_OUTPUTS holds no object of named outputs');
  return outputs as Record<string, Json>;
}
