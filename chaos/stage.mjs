import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultProxy, startKafka } from '../libs/log/dist/testing/index.js';
import { Front } from '../e2e/front.mjs';
import { Receiver } from '../e2e/receiver.mjs';
import { System } from '../e2e/system.mjs';
import { freePort, until } from '../e2e/waiting.mjs';
import { Client } from './load/client.mjs';
import { Ends } from './load/ends.mjs';
import { Load } from './load/load.mjs';
import { prepare, wake } from './load/workflows.mjs';
import { Metrics } from './metrics.mjs';
import { HUB, Network } from './network.mjs';
import { SmallDisk } from './small-disk.mjs';
import { TOPOLOGIES } from './topology.mjs';

export const NODES = ['one', 'two', 'three'];
/** Declared, so that queueing for a node never stands between an attempt that was lost and the next. */
const CAPACITY = { cpu: 64, memory: 65_536 };
/** MiB. */
const LOG_DISK = 512;
const AGENT_DISK = 48;
const MOST_FAILURES = 5;
/** What a service ends with that cannot start for want of its database: EX_TEMPFAIL. */
const TRY_AGAIN = 75;
const START_AGAIN_MS = 500;
/** So much later a single broker's replies arrive: time to be hit between an append and the news of it. */
const REPLY_MS = 50;

/** The system under chaos with everything around it: load, receiver, what was done to it. */
export class Stage {
  /** What was done: `{at, kind, target, services, address, node, inFlight}`, times in ms since the epoch. */
  faults = [];
  /** Processes that are not to be hit now: they are hit already, or on their way back. */
  away = new Set();
  orphans = [];
  daemons = 0;
  posted = 0;
  #returning = [];

  static async open({ topology, gateways, next, network: wantsNetwork = false, disks: wantsDisks = false, brokers = 0 }) {
    const stage = new Stage();
    const dataDir = mkdtempSync(join(tmpdir(), 'novacron-chaos-'));
    chmodSync(dataDir, 0o711);
    Object.assign(stage, { dataDir, next, topology, instances: TOPOLOGIES[topology](gateways), journal: join(dataDir, 'journal.jsonl'), nodes: NODES, disks: {} });
    writeFileSync(stage.journal, '');
    try {
      if (wantsDisks) stage.disks = { log: new SmallDisk(join(dataDir, 'log'), LOG_DISK), agent: new SmallDisk(join(dataDir, 'nodes', NODES[0]), AGENT_DISK) };
      if (wantsNetwork) stage.network = new Network([...stage.instances.map(({ name }) => name), ...NODES.map((node) => `agent ${node}`)]);
      if (brokers === 1) stage.replies = Object.assign(await FaultProxy.start(), { delayMs: REPLY_MS });
      if (brokers > 0) stage.kafka = await startKafka({ nodes: brokers, behind: stage.replies });
      await stage.#start();
    } catch (error) {
      await stage.close();
      throw error;
    }
    return stage;
  }

  async #start() {
    const host = this.network ? HUB : '127.0.0.1';
    const { instances } = this;
    this.receiver = new Receiver(await freePort(), host);
    await this.receiver.open();
    this.system = new System(this.dataDir, { instances, postgres: this.#postgres(), env: { NOVACRON_WEBHOOK_ALLOW: `${host}:${this.receiver.port}`, ...(this.kafka && { NOVACRON_LOG: `kafka://${this.kafka.servers}` }) } });
    for (const [name, place] of this.network?.places ?? []) this.system.place(name, place);
    await this.system.startPostgres();
    if (this.network) await admitNetwork(this.system);
    await this.#startServices(instances);
    const gateways = instances.filter(({ services }) => services.includes('gateway')).map(({ name }) => this.system.urlOf(name));
    this.front = await Front.open(gateways, host);
    for (const name of NODES) {
      mkdirSync(this.#dirOf(name), { recursive: true, mode: 0o700 });
      writeFileSync(join(this.#dirOf(name), 'agent.json'), JSON.stringify(CAPACITY));
      this.startAgent(name);
    }
    this.client = new Client(gateways, this.system.keyFile);
    await until(async () => (await this.client.items('/nodes')).length === NODES.length, 'the nodes');
    this.ends = new Ends(this.client);
    this.metrics = new Metrics(this.system);
    await prepare(this.client, this.journal, this.receiver);
  }

  async #startServices(instances) {
    for (const { name } of instances) await this.system.choosePort(name);
    const isFirst = ({ services: [service] }, n) => instances.findIndex(({ services }) => services.includes(service)) === n;
    // The first of each one after the other: it makes tables and secrets.
    for (const { name } of instances.filter(isFirst)) await this.system.startService(name);
    await Promise.all(instances.filter((instance, n) => !isFirst(instance, n)).map(({ name }) => this.system.startService(name)));
  }

  #postgres() {
    const settings = {
      // Sixteen processes keep up to eight connections each.
      max_connections: '300',
      ...(this.network && { listen_addresses: `127.0.0.1,${HUB}` }),
      // A small disk is filled by the filler, not by segments kept for later.
      ...(this.disks.log && { max_wal_size: '64MB', min_wal_size: '32MB' }),
    };
    return { settings, ...(this.disks.log && { dataDir: this.disks.log.path }) };
  }

  #dirOf(node) {
    return join(this.dataDir, 'nodes', node);
  }

  startAgent(node) {
    this.system.startAgent(node, { url: this.front.url });
  }

  /** Begins to put runs through; counting starts here, too. */
  async load(options) {
    await wake(this.client, this.journal);
    this.posted += this.current?.posted ?? 0;
    Object.assign(this, { faults: [], orphans: [], daemons: 0, since: Date.now() });
    // Versions of a model are published once.
    this.current = new Load(this.client, this.ends, this.next, { ...options, first: this.posted });
    return this.current;
  }

  /** Notes what is about to be done; what was in flight then is what it hit. */
  hit(fault) {
    const noted = { at: Date.now(), inFlight: this.current.inFlight, ...fault };
    this.faults.push(noted);
    return noted;
  }

  forget(noted) {
    this.faults.splice(this.faults.indexOf(noted), 1);
  }

  /** One of `[share, what]`, by chance. */
  pick(shares) {
    let left = this.next() * shares.reduce((sum, [share]) => sum + share, 0);
    return (shares.find(([share]) => (left -= share) < 0) ?? shares[0])[1];
  }

  /** A target by one of `[share, find]`; undefined where there is none now. */
  async choose(shares) {
    const found = await this.pick(shares)(this);
    return found && !this.away.has(found.target) ? found : undefined;
  }

  /** Starts what was killed as soon as it is gone, beside whatever else goes on. */
  bringBack(name) {
    this.away.add(name);
    const back = this.#bringBack(name);
    back.catch(() => {}); // told by `returned`
    this.#returning.push(back);
  }

  async #bringBack(name) {
    await this.system.child(name).exited;
    if (name.startsWith('agent ')) this.startAgent(name.slice('agent '.length));
    else await this.#startAgain(name);
    this.away.delete(name);
  }

  /** A start that PostgreSQL's absence cut short is tried again for as long as that lasts, as whoever supervises it would; any other failure a few times. */
  async #startAgain(name) {
    for (let failures = 0; ; ) {
      try {
        return await this.system.startService(name);
      } catch (error) {
        if (this.system.child(name).exitCode === TRY_AGAIN) await sleep(START_AGAIN_MS);
        else if (++failures === MOST_FAILURES) throw error;
        await this.system.kill(name);
      }
    }
  }

  async returned() {
    await Promise.all(this.#returning.splice(0));
  }

  async close() {
    this.front?.close();
    this.client?.close();
    await Promise.all([this.ends?.stop(), this.metrics?.stop()]);
    await this.system?.stop();
    await this.receiver?.close();
    await this.kafka?.stop();
    await this.replies?.close();
    this.network?.close();
    for (const disk of Object.values(this.disks)) disk.close();
  }
}

/** Lets PostgreSQL take connections from the namespaces, with the same password. */
async function admitNetwork(system) {
  const { location } = JSON.parse(readFileSync(join(system.postgresOptions.dataDir, 'postgres.json'), 'utf8'));
  appendFileSync(join(resolve(system.postgresOptions.dataDir, location), 'pg_hba.conf'), `host all all ${HUB}/24 scram-sha-256\n`);
  process.kill(system.postgresPid, 'SIGHUP');
}
