import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isRunning, signal } from '../../libs/log/dist/embedded/index.js';
import { Child } from '../child.mjs';
import { countsOf } from '../counts.mjs';
import { freePort } from '../waiting.mjs';
import { lossOf, targetOf } from './targets.mjs';

/** What npm start runs once packages and build are there. */
const START = fileURLToPath(new URL('../../scripts/supervise.cjs', import.meta.url));
const LIMIT_MS = 240_000;
const MOST_STARTS = 4;

/** The main example once, on a data directory of its own, with or without a kill. */
export class Round {
  constructor(dataDir, plan) {
    mkdirSync(dataDir, { mode: 0o755 });
    Object.assign(this, { dataDir, plan, journal: join(dataDir, 'journal.jsonl'), killedAt: undefined, starts: 0, problems: [] });
  }

  async run() {
    this.port = await freePort();
    const began = performance.now();
    const first = this.#start();
    const killing = this.plan && this.#kill(first);
    let code = await this.#end(first);
    await killing;
    // A killed supervisor is started again, as its user would; everything else has to come back by itself.
    while (code !== 0 && this.plan?.kind === 'supervisor' && this.killedAt !== undefined && this.starts < MOST_STARTS) {
      if (this.starts > 1) this.problems.push(`start ${this.starts} after the kill ended with ${code}`);
      code = await this.#end(this.#start());
    }
    const ms = performance.now() - began;
    if (code !== 0) this.problems.push(`npm start ended with ${code}: ${this.#lastWords()}`);
    const counts = countsOf(this.journal, join(this.dataDir, 'example-deliveries.jsonl'), this.killedAt === undefined ? [] : lossOf(this.plan.kind, this.killedAt));
    this.problems.push(...counts.wrong(this.plan?.expected.runs ?? 6), ...this.#missing(counts));
    return { ms, counts, starts: this.starts, problems: this.problems, killedAt: this.killedAt };
  }

  #start() {
    this.starts += 1;
    return (this.current = new Child(START, ['--once', '--data', this.dataDir, '--port', String(this.port)], { NOVACRON_EXAMPLE_JOURNAL: this.journal }, join(this.dataDir, 'start.log')));
  }

  async #end(start) {
    const timer = setTimeout(() => {
      this.problems.push(`npm start did not end within ${LIMIT_MS / 1000} s`);
      void start.kill('SIGTERM');
    }, LIMIT_MS);
    const code = await start.exited;
    clearTimeout(timer);
    return code;
  }

  /** Waits for the moment, and from then on for a process of the kind; none when the run ended before. */
  async #kill(start) {
    const { kind, moment, next } = this.plan;
    await Promise.race([sleep(moment), start.exited]);
    while (start.exitCode === undefined) {
      const target = targetOf(kind, { dataDir: this.dataDir, journal: this.journal, start, next });
      if (target && isRunning(target)) {
        this.killedAt = Date.now();
        signal(target, 'SIGKILL');
        return;
      }
      await sleep(5);
    }
  }

  #missing({ tasks, messages }) {
    const { expected } = this.plan ?? {};
    if (expected === undefined) return [];
    return [
      ...(tasks === expected.tasks ? [] : [`${tasks} tasks succeeded instead of ${expected.tasks}`]),
      ...(messages === expected.messages ? [] : [`${messages} messages arrived instead of ${expected.messages}`]),
    ];
  }

  #lastWords() {
    return this.current.log.trim().split('\n').slice(-3).join(' | ');
  }
}
