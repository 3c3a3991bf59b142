import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { KINDS } from './workflows.mjs';

/** Every so many starts are posted a second time under their key, as a client does that missed the answer. */
const POST_AGAIN = 10;
const CANCEL_AFTER_MS = 300;

/** Keeps a number of runs in flight through the HTTP API, and remembers what was acknowledged. */
export class Load {
  /** Every acknowledged run: `{run, workspace, kind, ends, key, ackedAt}`, with `status` once its end was seen. */
  runs = [];
  posted = 0;
  faults = [];
  #stopping = false;
  #workers = [];

  constructor(client, ends, next, { width, most = Infinity, first = 0 }) {
    Object.assign(this, { client, ends, next, most });
    this.#workers = Array.from({ length: width }, () => this.#work(first));
  }

  get inFlight() {
    return this.runs.reduce((count, { status }) => count + (status === undefined ? 1 : 0), 0);
  }

  get done() {
    return this.posted >= this.most;
  }

  /** Starts nothing more, and resolves when all that was acknowledged has ended; answers what did not within `ms`. */
  async drain(ms) {
    this.#stopping = true;
    this.ends.giveUpAfter(ms);
    await Promise.all(this.#workers);
    this.ends.giveUpAfter(Infinity);
    return this.runs.filter(({ status }) => status === undefined);
  }

  /** One run of a workflow that takes no parameters, beside the others; its end is waited for by `ended`. */
  async start(kind) {
    const key = randomUUID();
    this.posted += 1;
    const run = await this.client.start('load', kind, {}, key);
    this.runs.push({ run, workspace: 'load', kind, ends: 'succeeded', key, ackedAt: Date.now() });
    return run;
  }

  async ended(runs) {
    const records = this.runs.filter(({ run }) => runs.includes(run));
    await Promise.all(records.map(async (record) => (record.status = await this.ends.of(record.workspace, record.run))));
  }

  async #work(first) {
    // Not all at once: a burst of starts is another test.
    await sleep(2_000 * this.next());
    while (!this.#stopping && this.posted < this.most) {
      this.posted += 1;
      await this.#one(first + this.posted).catch((error) => this.faults.push(error.message));
    }
  }

  async #one(n) {
    const { kind, ends, workspace = 'load', params } = this.#choose();
    const key = randomUUID();
    const given = params(this.next, n);
    const start = () => this.client.start(workspace, kind, given, key);
    const record = { run: await start(), workspace, kind, ends, key, ackedAt: Date.now() };
    this.runs.push(record);
    if (n % POST_AGAIN === 0 && (await start()) !== record.run) this.faults.push(`one key, two runs: ${record.run} and another`);
    if (kind === 'endless') await this.#cancel(record);
    record.status = await this.ends.of(workspace, record.run);
  }

  async #cancel({ workspace, kind, run }) {
    await sleep(CANCEL_AFTER_MS);
    await this.client.post(`/${workspace}/workflows/${kind}/runs/${run}/cancel`, { reason: 'chaos' });
  }

  #choose() {
    let left = this.next() * KINDS.reduce((sum, { share }) => sum + share, 0);
    return KINDS.find(({ share }) => (left -= share) < 0) ?? KINDS[0];
  }
}
