import type { Joining, Member, Membership } from './membership.ts';

interface Seat {
  member: Member;
  readonly seen: (living: readonly Member[]) => void;
  lives: boolean;
}

/** Membership in memory, for tests and simulation. A member that goes without leaving is told by `expire`. */
export class MemoryMembers {
  private readonly seats = new Set<Seat>();

  membership(): Membership {
    let seat: Seat | undefined;
    return {
      join: async (member: Joining, seen) => {
        seat = { member: { ...member, holds: new Set() }, seen, lives: true };
        this.seats.add(seat);
        await Promise.resolve();
        this.tell();
      },
      holds: (partitions) => {
        if (!seat || !this.seats.has(seat)) return;
        seat.member = { ...seat.member, holds: new Set(partitions) };
        void Promise.resolve().then(() => this.tell());
      },
      leave: async () => {
        if (seat && this.seats.delete(seat)) this.tell();
      },
    };
  }

  /** The member at that address is silent: killed, paused or cut off. It is told nothing either. */
  expire(address: string): void {
    this.turn(address, false);
  }

  /** It is heard again. */
  revive(address: string): void {
    this.turn(address, true);
  }

  private turn(address: string, lives: boolean): void {
    for (const seat of this.seats) if (seat.member.address === address) seat.lives = lives;
    this.tell();
  }

  private tell(): void {
    const living = [...this.seats].filter(({ lives }) => lives);
    const members = living.map(({ member }) => member);
    for (const { seen } of living) seen(members);
  }
}
