import type { Message, Ports, Position } from '@novacron/kernel';
import type { CommandSettled } from '@novacron/contracts';
import type { ServiceLog } from '@novacron/service';
import type { Outcome } from '../domain/command/messages.ts';

export interface Settled {
  readonly outcome: Outcome;
  readonly position: Position;
}

/** Settlings that are remembered for a request whose own commit was in the same append. */
const REMEMBERED = 4_096;

/** Requests that wait for the outcome of their command. */
export class Outcomes {
  private readonly waiting = new Map<string, Set<(settled: Settled) => void>>();
  private readonly recent = new Map<string, Settled>();
  private readonly ports: Ports;
  private readonly log: ServiceLog;
  private readonly awaited: () => void;

  /** `awaited` is called when somebody waits for what another process decides. */
  constructor(log: ServiceLog, ports: Ports, awaited: () => void = () => {}) {
    this.log = log;
    this.ports = ports;
    this.awaited = awaited;
    log.onConfirmed((_, events, position) => events.forEach((event) => this.hear(event, position)));
  }

  /** The outcome of a command that is in the log of its partition, or undefined when it takes longer than `ms`. */
  wait(command: string, partition: number, ms: number): Promise<Settled | undefined> {
    const known = this.recent.get(command);
    if (known || ms <= 0) return Promise.resolve(known);
    if (!this.log.owned().has(partition)) this.awaited();
    return new Promise((resolve) => {
      const listeners = this.waiting.get(command) ?? new Set();
      this.waiting.set(command, listeners.add(done));
      const cancel = this.ports.timers.after(ms, () => done(undefined));
      const forget = () => {
        listeners.delete(done);
        if (listeners.size === 0) this.waiting.delete(command);
      };
      function done(settled: Settled | undefined) {
        cancel();
        forget();
        resolve(settled);
      }
    });
  }

  /** A commit's event, however often it comes. */
  hear(event: Message, { topic, partition, seq }: Position): void {
    if (event.type !== 'CommandSettled') return;
    const { command, outcome } = event as unknown as CommandSettled;
    const settled = { outcome: outcome as Outcome, position: { topic, partition, seq } };
    this.recent.set(command, settled);
    if (this.recent.size > REMEMBERED) this.recent.delete(this.recent.keys().next().value!);
    for (const resolve of [...(this.waiting.get(command) ?? [])]) resolve(settled);
  }
}
