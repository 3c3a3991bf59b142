import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRunning, startPostgres } from '../libs/log/dist/embedded/index.js';
import { Child, endWithUs } from './child.mjs';
import { Front } from './front.mjs';
import { freePort, until } from './waiting.mjs';

export const SERVICES = ['gateway', 'triggers', 'resolver', 'scheduler', 'fleet', 'executor', 'registry', 'notifier'];

const built = (program) => fileURLToPath(new URL(`../${program}`, import.meta.url));
/** A service as a process of its own. */
export const instanceOf = (service, name = service) => ({ name, services: [service], program: `services/${service}/dist/main.js` });
/** Every service so many times: `resolver`, `resolver-2`, …; those of one turn first, so that each service is there before its second comes. */
export const replicated = (replicas) => Array.from({ length: replicas }, (_, n) => SERVICES.map((service) => instanceOf(service, n === 0 ? service : `${service}-${n + 1}`))).flat();
/** Of one process to PostgreSQL, at most. */
const CONNECTIONS = 12;
/** Where a process runs: what its command line starts with, and the address at which others reach it. */
const HERE = { prefix: [], host: '127.0.0.1' };

/** Service processes, PostgreSQL and agents on one data directory, each of which can be killed and started alone. */
export class System {
  #postgres;
  #ports = new Map();
  #children = new Map();
  #places = new Map();
  #front;

  constructor(dataDir, { env = {}, postgres = {}, replicas = 1, instances = replicated(replicas) }) {
    Object.assign(this, { dataDir, env, postgresOptions: { dataDir, ...postgres, settings: { max_connections: String(40 + CONNECTIONS * instances.length), ...postgres.settings } }, instances });
  }

  static async start(dataDir, { agents = ['local'], ...options } = {}) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const system = new System(dataDir, options);
    try {
      await system.startPostgres();
      // One after the other: the first makes tables and secrets, and all at once would only fight for the cores.
      for (const { name } of system.instances) await system.choosePort(name);
      for (const { name } of system.instances) await system.startService(name);
      if (system.gateways.length > 1) system.#front = await Front.open(system.gateways);
      for (const name of agents) system.startAgent(name);
      return system;
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  /** Of the gateway; of several, where each connection goes to the next. */
  get url() {
    return this.#front?.url ?? this.urlOf('gateway');
  }

  get gateways() {
    return this.processesOf('gateway').map((name) => this.urlOf(name));
  }

  get databaseUrl() {
    return this.#postgres.url;
  }

  get keyFile() {
    return join(this.dataDir, 'admin.key');
  }

  get postgresPid() {
    return this.#postgres.pid;
  }

  urlOf(name) {
    return `http://${this.placeOf(name).host}:${this.#ports.get(name)}`;
  }

  placeOf(name) {
    return this.#places.get(name) ?? HERE;
  }

  /** Has the process run there from its next start. */
  place(name, place) {
    this.#places.set(name, place);
  }

  async choosePort(name) {
    this.#ports.set(name, await freePort());
  }

  child(name) {
    return this.#children.get(name);
  }

  async startPostgres() {
    this.#postgres = await startPostgres(this.postgresOptions);
    void this.#postgres.exited.then(endWithUs(this.#postgres));
  }

  /** Starts a service on its port, and resolves when it has caught up. */
  async startService(name) {
    const { program } = this.instances.find((instance) => instance.name === name);
    const { prefix, host, database = (url) => url } = this.placeOf(name);
    const env = { ...this.env, NOVACRON_DATA: this.dataDir, DATABASE_URL: database(this.databaseUrl), NOVACRON_HOST: host, NOVACRON_PORT: String(this.#ports.get(name)) };
    const child = new Child(built(program), [], env, join(this.dataDir, `${name}.log`), prefix);
    this.#children.set(name, child);
    await until(async () => {
      if (child.exitCode !== undefined) throw new Error(`${name} ended at start (${child.exitCode}): ${child.log.trim().split('\n').at(-1)}`);
      return fetch(`${this.urlOf(name)}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(({ status }) => status === 200, () => false);
    }, () => `${name} to be ready; its log is ${child.logFile}`);
  }

  /** `url` is the gateway that it asks for the others, `dir` where the node keeps its files. */
  startAgent(name = 'local', { url = this.url, dir = join(this.dataDir, 'nodes', name) } = {}) {
    const env = { NOVACRON_URL: url, NOVACRON_DATA: this.dataDir, NOVACRON_NODE: name, NOVACRON_NODE_DIR: dir, NOVACRON_NODE_TOKEN_FILE: join(this.dataDir, 'node.token') };
    this.#children.set(`agent ${name}`, new Child(built('apps/agent/dist/main.js'), [], env, join(this.dataDir, `agent-${name}.log`), this.placeOf(`agent ${name}`).prefix));
  }

  /** SIGKILL, and the end of it. */
  async kill(name) {
    await this.#children.get(name).kill();
  }

  /** Names of the processes that host the service. */
  processesOf(service) {
    return this.instances.filter(({ services }) => services.includes(service)).map(({ name }) => name);
  }

  /** Every process of the service: nobody decides for it. */
  async killAll(service) {
    await Promise.all(this.processesOf(service).map((name) => this.kill(name)));
  }

  async startAll(service) {
    for (const name of this.processesOf(service)) await this.startService(name);
  }

  async killPostgres() {
    process.kill(this.#postgres.pid, 'SIGKILL');
    await this.#postgres.exited;
  }

  async stopPostgres() {
    await this.#postgres.stop();
    await this.#postgres.exited;
  }

  /** Starts PostgreSQL again if it gave up by itself. */
  async revivePostgres() {
    if (!isRunning(this.#postgres)) await this.startPostgres();
  }

  async restart(name) {
    await this.kill(name);
    await this.startService(name);
  }

  /** Agents first, PostgreSQL last. */
  async stop() {
    this.#front?.close();
    for (const child of [...this.#children.values()].reverse()) {
      const hurry = setTimeout(() => void child.kill(), 5_000);
      await child.kill('SIGTERM');
      clearTimeout(hurry);
    }
    await this.#postgres?.stop();
  }
}
