import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '../libs/log/dist/embedded/index.js';
import { Child, endWithUs } from './child.mjs';
import { freePort, until } from './waiting.mjs';

export const SERVICES = ['gateway', 'triggers', 'resolver', 'scheduler', 'fleet', 'executor', 'registry', 'notifier'];

const built = (path) => fileURLToPath(new URL(`../${path}/dist/main.js`, import.meta.url));

/** Eight service processes, PostgreSQL and agents on one data directory, each of which can be killed and started alone. */
export class System {
  #postgres;
  #ports = new Map();
  #children = new Map();

  constructor(dataDir, env) {
    Object.assign(this, { dataDir, env });
  }

  static async start(dataDir, { env = {}, agents = ['local'] } = {}) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const system = new System(dataDir, env);
    try {
      await system.startPostgres();
      // One after the other: the first makes tables and secrets, and all at once would only fight for the cores.
      for (const name of SERVICES) system.#ports.set(name, await freePort());
      for (const name of SERVICES) await system.startService(name);
      for (const name of agents) system.startAgent(name);
      return system;
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  get url() {
    return this.urlOf('gateway');
  }

  get databaseUrl() {
    return this.#postgres.url;
  }

  get keyFile() {
    return join(this.dataDir, 'admin.key');
  }

  urlOf(service) {
    return `http://127.0.0.1:${this.#ports.get(service)}`;
  }

  child(name) {
    return this.#children.get(name);
  }

  async startPostgres() {
    this.#postgres = await startPostgres({ dataDir: this.dataDir });
    void this.#postgres.exited.then(endWithUs(this.#postgres));
  }

  /** Starts a service on its port, and resolves when it has caught up. */
  async startService(name) {
    const env = { ...this.env, NOVACRON_DATA: this.dataDir, DATABASE_URL: this.databaseUrl, NOVACRON_PORT: String(this.#ports.get(name)) };
    const child = new Child(built(`services/${name}`), [], env, join(this.dataDir, `${name}.log`));
    this.#children.set(name, child);
    await until(async () => {
      if (child.exitCode !== undefined) throw new Error(`${name} ended at start (${child.exitCode}): ${child.log.trim().split('\n').at(-1)}`);
      return fetch(`${this.urlOf(name)}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(({ status }) => status === 200, () => false);
    }, () => `${name} to be ready; its log is ${child.logFile}`);
  }

  startAgent(name = 'local') {
    const env = { NOVACRON_URL: this.url, NOVACRON_DATA: this.dataDir, NOVACRON_NODE: name, NOVACRON_NODE_TOKEN_FILE: join(this.dataDir, 'node.token') };
    this.#children.set(`agent ${name}`, new Child(built('apps/agent'), [], env, join(this.dataDir, `agent-${name}.log`)));
  }

  /** SIGKILL, and the end of it. */
  async kill(name) {
    await this.#children.get(name).kill();
  }

  async killPostgres() {
    process.kill(this.#postgres.pid, 'SIGKILL');
    await this.#postgres.exited;
  }

  async restart(name) {
    await this.kill(name);
    await this.startService(name);
  }

  /** Agents first, PostgreSQL last. */
  async stop() {
    for (const child of [...this.#children.values()].reverse()) {
      const hurry = setTimeout(() => void child.kill(), 5_000);
      await child.kill('SIGTERM');
      clearTimeout(hurry);
    }
    await this.#postgres?.stop();
  }
}
