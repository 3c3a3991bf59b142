import type { OwnershipHint } from '@novacron/log';
import type { Process } from '../time/process.ts';

/** After so long without a sign of life a session expires, ms. */
const SESSION_MS = 2_000;

interface Session {
  readonly process: Process;
  readonly lost: () => void;
}

/** Who should own a topic, first come first served: sessions end with their process, or some time after it stands still. Only a hint, and wrong at times. */
export class Sessions {
  private readonly holders = new Map<string, Session>();
  private readonly waiting = new Map<string, (() => boolean)[]>();

  hintFor(process: Process): OwnershipHint {
    process.onDeath(() => this.leave(process));
    return {
      acquire: (topic, lost, signal) => new Promise((resolve) => {
        const take = (): boolean => {
          if (signal.aborted || !process.alive) return false;
          const session = { process, lost };
          this.holders.set(topic, session);
          process.after(1, 'named owner', () => (this.holders.get(topic) === session ? resolve() : this.queue(topic, take)));
          return true;
        };
        if (this.holders.has(topic) || !take()) this.queue(topic, take);
      }),
      release: async (topic) => {
        if (this.holders.get(topic)?.process === process) this.next(topic);
      },
    };
  }

  topicsOf(name: string): string[] {
    return [...this.holders].filter(([, { process }]) => process.name === name).map(([topic]) => topic);
  }

  /** The process stands still: its sessions expire unless it goes on in time. */
  paused(process: Process): void {
    process.timeline.schedule({ name: 'sessions', alive: true, frozen: undefined }, SESSION_MS, 'session expires', () => {
      if (process.frozen) this.leave(process);
    });
  }

  /** Takes a topic from who holds it. */
  expire(topic: string): void {
    const session = this.holders.get(topic);
    if (!session) return;
    this.next(topic);
    session.process.after(1, 'ownership lost', session.lost);
  }

  private leave(process: Process): void {
    for (const topic of this.topicsOf(process.name)) {
      if (this.holders.get(topic)!.process === process) this.expire(topic);
    }
  }

  private queue(topic: string, take: () => boolean): void {
    this.waiting.set(topic, [...(this.waiting.get(topic) ?? []), take]);
  }

  private next(topic: string): void {
    this.holders.delete(topic);
    const waiting = this.waiting.get(topic) ?? [];
    while (waiting.length > 0) if (waiting.shift()!()) return;
  }
}
