import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { identify, isRunning, signal } from '../libs/log/dist/embedded/index.js';

const live = new Set();

/** An interrupted story leaves nothing behind. */
process.on('exit', () => {
  for (const identity of live) signal(identity, 'SIGKILL');
});
for (const [name, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) process.on(name, () => process.exit(code));

/** Whatever else must not outlive this process, as `{pid, startedAt}`; returns what forgets it. */
export function endWithUs(identity) {
  live.add(identity);
  return () => live.delete(identity);
}

/** A Node program of its own session, whose output goes to a file; it is known by pid and start time. A `prefix` (nsenter …) must exec it. */
export class Child {
  #process;
  exitCode = undefined;

  constructor(script, args, env, logFile, prefix = []) {
    const output = openSync(logFile, 'a', 0o600);
    this.logFile = logFile;
    const [command, ...rest] = [...prefix, process.execPath, '--enable-source-maps', script, ...args];
    this.#process = spawn(command, rest, { env: { ...process.env, ...env }, stdio: ['ignore', output, output], detached: true });
    closeSync(output);
    this.identity = identify(this.#process.pid) ?? { pid: this.#process.pid, startedAt: 'gone' };
    const forget = endWithUs(this.identity);
    this.exited = once(this.#process, 'exit').then(([code, by]) => (forget(), (this.exitCode = code ?? by)));
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
