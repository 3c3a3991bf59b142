import { Attempts, Connections, GpuFence, Journal, type AttemptFiles, type Backend, type JournalFile } from '@novacron/agent';
import { attemptId, type StartOrder } from '@novacron/contracts';
import { mintNodeCredential } from '@novacron/service';
import type { NodeFact, SimulatedNode } from '../seam.ts';
import { Process } from '../time/process.ts';
import type { Stepper } from '../time/timeline.ts';
import type { World } from '../world/world.ts';
import { logOf } from './attempt-log.ts';

const RESTART_MS = 1_500;

/** User code of one attempt: lives on the machine, and outlives the agent that started it until the next one kills it. */
interface UserProcess {
  readonly order: StartOrder;
  readonly end: (kind: 'ended' | 'killed') => void;
}

/** A node: its disk, its user code, and the agent that comes and goes. */
export class Machine {
  readonly node: SimulatedNode;
  agent!: Process;
  starts = 0;
  private journal = '';
  private readonly running = new Map<string, UserProcess>();
  private readonly hardware: Stepper;
  private readonly world: World;

  constructor(world: World, node: SimulatedNode) {
    this.world = world;
    this.node = node;
    this.hardware = { name: `machine ${node.name}`, alive: true, frozen: undefined };
    world.timeline.schedule(this.hardware, node.from, 'the agent comes up', () => this.start());
  }

  get name(): string {
    return this.node.name;
  }

  crash(after: number): void {
    if (!this.agent?.alive) return;
    this.world.timeline.note(this.name, 'killed');
    this.agent.die();
    this.world.timeline.schedule(this.hardware, after, 'the agent comes up again', () => this.start());
  }

  private start(): void {
    const { world, node } = this;
    const process = new Process(world.timeline, node.name, world.dice.fork(`${node.name}-${++this.starts}`));
    process.point = (name) => world.crashpoints.at(`agent: ${name}`, process, () => this.crash(RESTART_MS));
    this.agent = process;
    const { ports } = process;
    const journal = new Journal(this.journalFile(process));
    for (const { end } of [...this.running.values()]) end('killed');
    const backend = this.backend(process);
    const filesOf = (order: StartOrder, url: () => string): AttemptFiles => ({
      dir: `/attempts/${attemptId(order)}`, touched: false, bundle: (hash) => `/bundles/${hash}`, inputs: (inputs) => inputs, upload: () => Promise.resolve([]),
      drained: () => Promise.resolve(), ...logOf(world, process, order, url),
    });
    const attempts = new Attempts({ ports, journal, gpus: new GpuFence(), backends: { function: backend, process: backend }, filesOf });
    attempts.recover('the agent ended while the attempt ran');
    const { pool, capacity } = node;
    const token = mintNodeCredential(world.secrets.credentialKey, { id: `credential-${node.name}`, pool });
    new Connections({
      ports, attempts, say: () => {}, dial: world.listeners.dialFor(process), services: () => world.servicesFor(process), token: () => token,
      node: { node: node.name, pool, capacity, boot: ports.random.uuid() },
    });
  }

  /** Writes survive the agent; a kill in the middle of one leaves half a line. */
  private journalFile(process: Process): JournalFile {
    return {
      read: () => this.journal,
      append: (text) => {
        process.point('before journal');
        if (process.alive) {
          this.journal += text;
          process.point('journal written');
        } else if (process.dice.chance(0.5)) this.journal += text.slice(0, process.dice.int(text.length));
        return text.length;
      },
      replace: (text) => {
        process.point('before journal is rewritten');
        if (process.alive) this.journal = text;
        process.point('journal rewritten');
        return text.length;
      },
      close: () => {},
    };
  }

  private backend(process: Process): Backend {
    return {
      start: (order, files, report) => {
        const id = attemptId(order);
        const { takes, outcome, says, stubborn } = this.world.workload.userCode(order);
        process.point('order accepted, not begun');
        if (!process.alive) return { stop: () => {} };
        let over = false;
        const end = (kind: NodeFact['kind']): void => {
          if (over) return;
          over = true;
          this.running.delete(id);
          this.fact(kind, order);
        };
        this.running.set(id, { order, end });
        this.fact('began', order);
        report.began();
        says.forEach((line, i) => process.after((takes * i) / says.length, 'user code says', () => !over && files.log(`${line}\n`)));
        const tell = (label: string, result: Parameters<typeof report.ended>[0]) => process.after(0.1, label, () => {
          process.point('user code ended, not recorded');
          report.ended(result);
          process.point('result recorded, not sent');
        });
        this.world.timeline.schedule(this.hardware, takes, 'user code ends', () => {
          if (over) return;
          end('ended');
          tell('the end is seen', outcome as never);
        });
        return {
          stop: (grace) => {
            this.fact('obeyed', order);
            this.world.timeline.schedule(this.hardware, stubborn ? grace : Math.min(grace, 20), 'user code is stopped', () => {
              if (over) return;
              end('killed');
              tell('the stop is seen', { kind: 'cancelled', reason: 'stopped' });
            });
          },
        };
      },
    };
  }

  private fact(kind: NodeFact['kind'], order: StartOrder): void {
    const { run, task, attempt, gpus, partition, epoch } = order;
    this.world.nodeFact({ pool: this.node.pool, node: this.node.name, kind, run, task, attempt, gpus, partition, epoch });
  }
}
