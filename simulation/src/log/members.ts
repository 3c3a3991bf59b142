import type { Joining, Member, Membership } from '@novacron/log';
import type { Process } from '../time/process.ts';

/** A member that stands still is missed after so long, and seen again so soon after it went on, ms. */
const MISSED_MS = 2_000;
const SEEN_MS = 200;
/** For how long a member that is well is missed by mistake, ms. */
const MISTAKE_MS = 1_500;

interface Seat {
  readonly process: Process;
  readonly seen: (living: readonly Member[]) => void;
  member: Member;
  missed: boolean;
}

/** Who lives, as members see it: late, and at times wrongly. A killed one is gone at once, one that stands still after a while. */
export class Members {
  private readonly seats = new Set<Seat>();

  membershipFor(process: Process): Membership {
    let seat: Seat | undefined;
    const leave = (): void => {
      if (seat && this.seats.delete(seat)) this.tell();
    };
    process.onDeath(leave);
    return {
      join: (member: Joining, seen) => new Promise((resolve) => void process.after(1, 'joins', () => {
        seat = { process, seen, member: { ...member, holds: new Set() }, missed: false };
        this.seats.add(seat);
        this.tell();
        process.after(3, 'joined', resolve);
      })),
      holds: (partitions) => {
        if (!seat) return;
        seat.member = { ...seat.member, holds: new Set(partitions) };
        this.tell();
      },
      leave: async () => leave(),
    };
  }

  /** The process stands still: it is missed unless it goes on in time. */
  paused(process: Process): void {
    this.later(process, MISSED_MS, () => {
      if (process.frozen) this.miss(process.name, () => process.frozen === undefined);
    });
  }

  /** The others miss the process although it is well; false where it is no member. */
  expire(name: string): boolean {
    const until = [...this.seats].find(({ process }) => process.name === name)?.process.timeline.now ?? 0;
    return this.miss(name, (now) => now >= until + MISTAKE_MS);
  }

  private miss(name: string, over: (now: number) => boolean): boolean {
    const seat = [...this.seats].find(({ process, missed }) => process.name === name && !missed);
    if (!seat) return false;
    seat.missed = true;
    this.tell();
    const look = (): void => this.later(seat.process, SEEN_MS, () => {
      if (!this.seats.has(seat)) return;
      if (!over(seat.process.timeline.now)) return look();
      seat.missed = false;
      this.tell();
    });
    look();
    return true;
  }

  private later({ timeline }: Process, ms: number, run: () => void): void {
    timeline.schedule({ name: 'members', alive: true, frozen: undefined }, ms, 'looks for members', run);
  }

  /** Each sees what is true when it looks, in a step of its own. */
  private tell(): void {
    for (const seat of this.seats) {
      if (seat.missed) continue;
      seat.process.after(1 + seat.process.dice.int(2), 'sees members', () => {
        if (this.seats.has(seat) && !seat.missed) seat.seen([...this.seats].filter(({ missed }) => !missed).map(({ member }) => member));
      });
    }
  }
}
