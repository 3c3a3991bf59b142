import type { AgentServices } from '@novacron/contracts';
import { partitionOf, type ServiceDefinition } from '@novacron/kernel';
import type { Secrets } from '@novacron/service';
import type { Dice } from '../dice.ts';
import { Faults } from '../faults/faults.ts';
import { Members } from '../log/members.ts';
import { RecordLog } from '../log/record-log.ts';
import { SnapshotDisk } from '../log/snapshots.ts';
import { clientPort } from '../nodes/client.ts';
import { InboxFolder } from '../nodes/inbox.ts';
import { Instance } from '../nodes/instance.ts';
import { Machine } from '../nodes/machine.ts';
import { Network } from '../nodes/network.ts';
import { Listeners } from '../nodes/sockets.ts';
import type { Call, EffectDone, History, NodeFact, StateHash, Workload } from '../seam.ts';
import { EPOCH, type Process } from '../time/process.ts';
import { Timeline, type Stepper } from '../time/timeline.ts';
import type { Crashpoints } from './crashpoints.ts';
import { definitions } from './definitions.ts';
import type { Layout } from './layout.ts';

const REFUSED_MS = 2;
const REQUEST_MS = 10_000;

/** One run of the whole system: its machines, processes and clients, the log between them, and what the outside saw of it. */
export class World implements History {
  readonly timeline = new Timeline();
  readonly world: Stepper = { name: 'world', alive: true, frozen: undefined };
  readonly disk: Stepper = { name: 'log', alive: true, frozen: undefined };
  readonly faults: Faults;
  readonly network: Network;
  readonly listeners: Listeners;
  readonly members = new Members();
  readonly snapshots = new SnapshotDisk();
  readonly inbox = new InboxFolder();
  readonly log: RecordLog;
  readonly definitions: readonly ServiceDefinition[] = definitions;
  readonly secrets: Secrets = { credentialKey: Buffer.alloc(32, 1), sealingKey: Buffer.alloc(32, 2) };
  readonly calls: Call[] = [];
  readonly nodes: NodeFact[] = [];
  readonly effects: EffectDone[] = [];
  readonly hashes: StateHash[] = [];
  readonly texts: string[] = [];
  /** Lines that say what must not be: a trace shows them. */
  readonly alarms: string[] = [];
  readonly instances: Instance[];
  readonly machines: Machine[];
  /** Clients whose scripts have not ended. */
  busy = 0;
  /** Whatever a history gained since somebody looked. */
  news = true;
  readonly dice: Dice;
  readonly layout: Layout;
  readonly workload: Workload;
  readonly crashpoints: Crashpoints;
  private readonly posts = new Map<string, number>();

  constructor(dice: Dice, layout: Layout, workload: Workload, crashpoints: Crashpoints) {
    this.dice = dice;
    this.layout = layout;
    this.workload = workload;
    this.crashpoints = crashpoints;
    this.log = new RecordLog(layout.joint);
    this.faults = new Faults(this.timeline, this.world);
    this.network = new Network(dice.fork('network'));
    this.listeners = new Listeners(this.network);
    this.log.onLanded(() => (this.news = true));
    this.instances = layout.instances.map(({ name, services }) => new Instance(this, name, services));
    this.machines = workload.nodes.map((node) => new Machine(this, node));
    for (const { name, run } of workload.clients) {
      this.busy++;
      void run(clientPort(this, name)).catch((error: Error) => this.alarms.push(`client ${name}: ${error.stack}`)).then(() => this.busy--);
    }
  }

  get now(): number {
    return EPOCH + this.timeline.now;
  }

  /** Address of who owns the partition of the key, by its newest claim. */
  ownerOf(service: string, key: string): string | undefined {
    return this.log.heads([service]).get(`${service}/${partitionOf(key, this.layout.partitions)}`)?.address;
  }

  /** HTTP, as far as it matters here: a step at the instance and one back, or no answer. `answered` gets undefined for an error. */
  request<T>(from: Process, address: string, work: (instance: Instance) => Promise<T>, answered: (answer: T | undefined) => void): void {
    const instance = this.instances.find((each) => each.address === address);
    const process = instance?.process;
    let over = false;
    const end = (label: string, ms: number, answer: T | undefined): void => {
      if (over) return;
      over = true;
      from.after(ms, label, () => answered(answer));
    };
    if (!instance || !process?.alive) return end('connection refused', REFUSED_MS, undefined);
    from.after(REQUEST_MS, 'no answer', () => end('gives up', 0, undefined));
    const back = this.network.wire(process.name, from);
    this.network.wire(from.name, process).send('request', () => {
      const answer = (value: T | undefined): void => {
        if (this.faults.on('clients cut off', process.name)) return this.faults.hit('clients cut off');
        back.send('response', () => end('answer', 0, value));
      };
      work(instance).then(answer, () => process.alive && answer(undefined));
    });
    process.onDeath(() => end('connection reset', REFUSED_MS, undefined));
  }

  /** What the gateway tells agents: who owns what, from the claims. */
  async servicesFor(process: Process): Promise<AgentServices> {
    await new Promise<void>((resolve) => void process.after(2 * this.network.delay(process.name, '*'), 'asks where to connect', resolve));
    if (this.network.isCut(process.name, '*')) throw new Error('nobody answers');
    const of = (service: string): string[] => [...new Set([...this.log.heads([service]).values()].map(({ address }) => address))];
    return { fleet: of('fleet'), executor: of('executor') };
  }

  receive(url: string, delivery: string): { status: number; takes: number } {
    const n = this.posts.get(delivery) ?? 0;
    this.posts.set(delivery, n + 1);
    return this.workload.receive(url, delivery, n);
  }

  effectDone(effect: Omit<EffectDone, 'at'>): void {
    this.effects.push({ at: this.now, ...effect });
    this.news = true;
  }

  nodeFact(fact: Omit<NodeFact, 'at'>): void {
    this.nodes.push({ at: this.now, ...fact });
    this.timeline.note(fact.node, `${fact.kind} ${fact.task}/${fact.attempt}`);
    this.news = true;
  }

  says(name: string, text: string): void {
    this.texts.push(`${name}: ${text}`);
    this.timeline.watch?.({ n: this.timeline.steps, at: this.timeline.now, by: name, label: `says: ${text.slice(0, 300)}` });
  }
}
