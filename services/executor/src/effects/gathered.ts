import type { Duplex } from 'node:stream';
import type { Timers } from '@novacron/kernel';

/** Gathers what is written to a socket in one tick into one system call: an acknowledgement and the next order then wake the agent once. */
export class Gathered {
  private held = false;
  private readonly socket: Duplex;
  private readonly timers: Timers;

  constructor(socket: Duplex, timers: Timers) {
    this.socket = socket;
    this.timers = timers;
  }

  /** Until the end of the tick, or `release`. */
  hold(): void {
    if (this.held) return;
    this.held = true;
    this.socket.cork();
    this.timers.yield(() => this.release());
  }

  release(): void {
    if (!this.held) return;
    this.held = false;
    this.socket.uncork();
  }
}
