import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { create } from 'tar';

const NAME = 'bench';
const workflows = fileURLToPath(new URL('workflows', import.meta.url));

/** The workspace in which everything is measured: workflows, runs, and how the runs end, as the log says it. */
export class BenchWorkspace {
  #api;
  #bundle;
  #ends = new Map();
  #close = () => {};
  /** Ms from the end that the log states until the projection held it, of every run since the last look. */
  #lags = [];

  constructor(api) {
    this.#api = api;
  }

  async open() {
    await this.#api.post('/workspaces', { name: NAME });
    const bytes = await create({ gzip: true, cwd: workflows, portable: true }, ['tasks']).concat();
    ({ hash: this.#bundle } = await this.#api.put(`/${NAME}/bundles`, bytes, 'application/gzip'));
    this.#close = await this.#api.events(NAME, ['RunSucceeded', 'RunFailed', 'RunCancelled', 'reset'], (event) => this.#ended(event));
  }

  apply(yaml) {
    return this.#api.post(`/${NAME}/workflows`, { yaml, bundle: this.#bundle });
  }

  /** The file's workflow, under another name if one is given. */
  applyFile(file, name) {
    const yaml = readFileSync(`${workflows}/${file}`, 'utf8');
    return this.apply(name ? yaml.replace(/^( +name: ).*/m, `$1${name}`) : yaml);
  }

  /** Starts a run and waits for its end; answers when the request left and when the run ended by the log, both in ms since the epoch. */
  async run(workflow, params = {}, sent = () => {}) {
    let startedAt;
    const run = await this.start(workflow, params, () => {
      sent();
      startedAt = Date.now();
    });
    const { time } = await this.endOf(run);
    return { run, startedAt, endedAt: time };
  }

  /** Answers the run's id when it is acknowledged. */
  async start(workflow, params = {}, sent = () => {}) {
    const { run } = await this.#api.post(`/${NAME}/workflows/${workflow}/runs`, { params }, sent);
    return run;
  }

  /** The event with which a started run ended well, `time` by the log; to be asked once of each. */
  async endOf(run) {
    const end = await this.#endOf(run);
    if (end.type !== 'RunSucceeded') throw new Error(`run ${run} ended with ${end.type}: ${end.reason}`);
    return end;
  }

  /** The run with its tasks, as the API shows it. */
  show(run) {
    return this.#api.get(`/${NAME}/runs/${run}`);
  }

  /** Projection lags since the last call. */
  takeLags() {
    return this.#lags.splice(0);
  }

  close() {
    this.#close();
  }

  #endOf(run) {
    return new Promise((resolve) => {
      const known = this.#ends.get(run);
      if (known) resolve(known);
      this.#ends.set(run, resolve);
    }).finally(() => this.#ends.delete(run));
  }

  #ended(event) {
    if (event.type === 'reset') throw new Error('the event stream lost events: the bench cannot tell when its runs ended');
    this.#lags.push(Date.now() - event.time);
    const waiting = this.#ends.get(event.run);
    if (typeof waiting === 'function') waiting(event);
    else this.#ends.set(event.run, event);
  }
}
