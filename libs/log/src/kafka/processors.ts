import { cpus } from 'node:os';
import type { Clock } from '@novacron/kernel';

const EVERY_MS = 500;
/** Less idle time than this share is busy. */
const LEAST_IDLE = 0.2;
/** Weight of the newest look. */
const NEWEST = 0.5;

/** Time of all processors since the machine started, ms. */
interface Spent {
  readonly idle: number;
  readonly all: number;
}

/** Whether the machine's processors have anything to spare, by what they did lately. In a container with a share of its own it is the machine's all the same. */
export class Processors {
  private spent: Spent;
  private idle = 1;
  private lookAt: number;
  private readonly clock: Clock;
  private readonly look: () => Spent;

  constructor(clock: Clock, look: () => Spent = spent) {
    this.clock = clock;
    this.look = look;
    this.spent = look();
    this.lookAt = clock.monotonic() + EVERY_MS;
  }

  get areBusy(): boolean {
    if (this.clock.monotonic() >= this.lookAt) this.update();
    return this.idle < LEAST_IDLE;
  }

  private update(): void {
    const { idle, all } = this.look();
    if (all > this.spent.all) this.idle += NEWEST * ((idle - this.spent.idle) / (all - this.spent.all) - this.idle);
    this.spent = { idle, all };
    this.lookAt = this.clock.monotonic() + EVERY_MS;
  }
}

function spent(): Spent {
  let idle = 0;
  let all = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    all += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { idle, all };
}
