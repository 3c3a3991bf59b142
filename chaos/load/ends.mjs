import { setTimeout as sleep } from 'node:timers/promises';
import { ENDED } from '../../e2e/api.mjs';

const LOOK_MS = 300;
/** A run that this many looks at the newest ones did not show is asked for by its id. */
const PATIENCE = 8;

/** Sees runs end: one list of the newest for all that wait, and single questions for the stragglers. */
export class Ends {
  #waiting = new Map();
  #deadline = Infinity;
  #stopped = false;

  constructor(client) {
    this.client = client;
    this.looking = this.#look();
  }

  /** The status in which the run ended; undefined where it was given up. */
  of(workspace, run) {
    return new Promise((resolve) => this.#waiting.set(run, { workspace, resolve, looks: 0 }));
  }

  /** From now on, whoever waits longer than `ms` is told that the run did not end. */
  giveUpAfter(ms) {
    this.#deadline = performance.now() + ms;
  }

  async stop() {
    this.#stopped = true;
    await this.looking;
  }

  async #look() {
    while (!this.#stopped) {
      await this.#once().catch(() => {}); // the client was closed
      if (performance.now() > this.#deadline) for (const run of [...this.#waiting.keys()]) this.#tell(run, undefined);
      await sleep(LOOK_MS);
    }
  }

  async #once() {
    for (const workspace of new Set([...this.#waiting.values()].map((each) => each.workspace))) {
      for (const { id, status } of await this.client.items(`/${workspace}/runs?limit=200`)) if (ENDED.has(status)) this.#tell(id, status);
    }
    for (const [run, waiting] of [...this.#waiting].filter(([, waiting]) => ++waiting.looks % PATIENCE === 0)) {
      const { status, body } = await this.client.ask('GET', `/${waiting.workspace}/runs/${run}`);
      if (status === 200 && ENDED.has(body.status)) this.#tell(run, body.status);
    }
  }

  #tell(run, status) {
    this.#waiting.get(run)?.resolve(status);
    this.#waiting.delete(run);
  }
}
