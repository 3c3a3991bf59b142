import { addressesOf, HEARS } from '@novacron/contracts';
import type { ServiceDefinition } from '@novacron/kernel';
import { Host, type EffectHandlers, type HostLog } from '@novacron/log';
import { serviceLog, type ServiceLog } from '@novacron/service';
import { faultyDriver } from '../log/driver.ts';
import { snapshotStore } from '../log/snapshots.ts';
import { Process } from '../time/process.ts';
import type { World } from '../world/world.ts';
import { edgeOf, type Edge } from './edges.ts';

/** In production a minute; the same code, more often. */
const HOUSEKEEPING_MS = 5_000;
const RESTART_MS = 800;

/** A process that hosts some services: may be killed, and is started again as a new process of the same name. */
export class Instance {
  readonly name: string;
  readonly address: string;
  readonly services: readonly string[];
  process!: Process;
  host!: Host;
  /** It owns what it should and answers. */
  ready = false;
  starts = 0;
  private readonly world: World;

  constructor(world: World, name: string, services: readonly string[]) {
    this.world = world;
    this.name = name;
    this.address = `http://${name}`;
    this.services = services;
    this.start();
  }

  log(service: string): ServiceLog {
    return serviceLog(this.host, service);
  }

  /** Killed now; comes back after a while. */
  crash(after: number): void {
    if (!this.process.alive) return;
    this.world.timeline.note(this.name, 'killed');
    this.ready = false;
    this.process.die();
    this.world.faults.inFlight.delete(this.name);
    this.world.timeline.schedule(this.world.world, after, `restart ${this.name}`, () => this.start());
  }

  private start(): void {
    const { world } = this;
    const process = new Process(world.timeline, this.name, world.dice.fork(`${this.name}-${++this.starts}`));
    process.point = (name) => world.crashpoints.at(name, process, () => this.crash(RESTART_MS));
    this.process = process;
    const { partitions, joint } = world.layout;
    const driver = faultyDriver({ log: world.log, process, faults: world.faults, dice: process.dice, disk: world.disk, joint, partitions });
    const membership = world.members.membershipFor(process);
    const snapshots = snapshotStore(world.snapshots, process, world.faults, world.disk);
    const host = new Host({ driver, snapshots, membership, ports: process.ports, address: this.address, addressesOf, hears: HEARS, partitions, log: this.hostLog(process) });
    this.host = host;
    const edges: Edge[] = [];
    for (const definition of world.definitions) {
      if (!this.services.includes(definition.name)) continue;
      const edge = edgeOf(definition.name, { world, process, log: serviceLog(host, definition.name), sockets: world.listeners.of(process, this.address) });
      edges.push(edge);
      host.add(definition as ServiceDefinition, this.recorded(definition.name, process, edge.effects));
    }
    for (const edge of edges) edge.start();
    host.start().then(
      () => this.begun(process, host),
      // As a process does that cannot start: it ends, and is started again.
      (error: Error) => process.alive && (world.says(this.name, `cannot start: ${error.message}`), this.crash(RESTART_MS)),
    );
  }

  private begun(process: Process, host: Host): void {
    if (!process.alive) return;
    this.ready = true;
    const next = (): void => void process.after(HOUSEKEEPING_MS, 'housekeeping', () => {
      const service = process.dice.pick(this.services);
      // By number of commits none would ever be due here.
      for (const owned of host.owned(service).values()) if (process.dice.chance(0.5)) void host.takeSnapshot(owned);
      void host.housekeeping().catch((error: Error) => this.world.says(this.name, `housekeeping failed: ${error.message}`)).then(next);
    });
    next();
  }

  /** Effects as they are, each call of a handler in the history. */
  private recorded(service: string, process: Process, effects: EffectHandlers): EffectHandlers {
    return Object.fromEntries(Object.entries(effects).map(([type, handler]) => [type, (effect: never, scope: Parameters<typeof handler>[1]) => {
      if (!process.alive) return undefined;
      process.point('before effect');
      if (!process.alive) return undefined;
      this.world.effectDone({ instance: this.name, service, id: scope.id, type, partition: scope.partition, epoch: scope.epoch });
      const done = handler(effect, scope);
      process.point('after effect');
      return done?.then((outcome) => {
        process.point('effect done, outcome not told');
        return outcome;
      });
    }]));
  }

  private hostLog(process: Process): HostLog {
    const say = (level: string) => (message: string, fields?: object): void => {
      if (process.alive) this.world.says(this.name, `${level} ${message}${fields ? ` ${JSON.stringify(fields)}` : ''}`);
    };
    return { info: say('info'), warn: say('warn'), error: say('error') };
  }
}
