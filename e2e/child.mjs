import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { identify, isRunning, signal } from '../libs/log/dist/embedded/index.js';

/** A Node program of its own session, whose output goes to a file; it is known by pid and start time. */
export class Child {
  #process;
  exitCode = undefined;

  constructor(script, args, env, logFile) {
    const output = openSync(logFile, 'a', 0o600);
    this.logFile = logFile;
    this.#process = spawn(process.execPath, ['--enable-source-maps', script, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', output, output], detached: true });
    closeSync(output);
    this.identity = identify(this.#process.pid) ?? { pid: this.#process.pid, startedAt: 'gone' };
    this.exited = once(this.#process, 'exit').then(([code, by]) => (this.exitCode = code ?? by));
  }

  get pid() {
    return this.#process.pid;
  }

  get log() {
    return readFileSync(this.logFile, 'utf8');
  }

  /** Ends with the signal, and resolves when it is gone. */
  async kill(name = 'SIGKILL') {
    if (isRunning(this.identity)) signal(this.identity, name);
    await this.exited;
  }
}
