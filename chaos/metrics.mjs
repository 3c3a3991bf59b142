import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 1_000;
/** What the services count that matters here; a counter starts at zero with each start of its process. */
const COUNTERS = /^(novacron_log_ignored|novacron_log_failed_appends|novacron_executor_results_refused|novacron_log_quarantined)(?:\{\w+="([\w-]+)"\})? (\d+)$/gm;

/** Sums the counters of all processes over their restarts; what a process counted in its last second before a kill is missed. */
export class Metrics {
  sums = {};
  #seen = new Map();
  #stopped = false;

  constructor(system) {
    this.system = system;
    this.looking = this.#loop();
  }

  /** The counts since the last call. A former owner's commit is stopped by the database (fenced) or ignored by whoever reads it. */
  taken() {
    const { sums } = this;
    this.sums = {};
    const of = (name) => sums[name] ?? 0;
    return {
      'stale commits seen': of('novacron_log_ignored stale') + of('novacron_log_failed_appends fenced'), 'late results refused': of('novacron_executor_results_refused'),
      'appends refused': of('novacron_log_failed_appends refused'), 'appends of unknown outcome': of('novacron_log_failed_appends unknown'), quarantined: of('novacron_log_quarantined'),
    };
  }

  async stop() {
    this.#stopped = true;
    await this.looking;
  }

  async #loop() {
    while (!this.#stopped) {
      await this.look();
      await sleep(LOOK_MS);
    }
  }

  async look() {
    await Promise.all(this.system.instances.map(({ name }) => this.#read(name).catch(() => {})));
  }

  async #read(name) {
    const process = this.system.child(name)?.pid;
    const answer = await fetch(`${this.system.urlOf(name)}/metrics`, { signal: AbortSignal.timeout(2_000) });
    for (const [, metric, label, value] of (await answer.text()).matchAll(COUNTERS)) {
      const [what, source] = [label ? `${metric} ${label}` : metric, `${process} ${metric} ${label}`];
      this.sums[what] = (this.sums[what] ?? 0) + Number(value) - (this.#seen.get(source) ?? 0);
      this.#seen.set(source, Number(value));
    }
  }
}
