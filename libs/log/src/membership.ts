/** A process among those that share the log's partitions. */
export interface Member {
  /** Made anew by every process that joins. */
  readonly id: string;
  /** Where it is reached, as its claims say. */
  readonly address: string;
  /** Services whose partitions it can own. */
  readonly topics: readonly string[];
  /** `topic/partition` that it owns, takes or has not let go yet: a successor waits for these, for a while. */
  readonly holds: ReadonlySet<string>;
}

export type Joining = Omit<Member, 'holds'>;

/** Who is there to own partitions. It hints who should claim what and when; the claims in the log are the only truth. */
export interface Membership {
  /**
   * Becomes one of the members. `seen` is told all that live, this one among them, before this resolves and at every change; not while this process cannot
   * know. One that was killed is gone at once or soon, one that is paused after some seconds; it lives again when it goes on.
   */
  join(member: Joining, seen: (living: readonly Member[]) => void): Promise<void>;
  /** Tells the others what this process holds now. */
  holds(partitions: ReadonlySet<string>): void;
  /** Is no member any more: what it held may be claimed at once. */
  leave(): Promise<void>;
}
