import type { Message } from '@novacron/kernel';
import type { Checker, History, LogView, MakeChecker, Violation } from '../seam.ts';
import { accounting } from './accounting.ts';
import { acknowledged } from './acknowledged.ts';
import { capacity } from './capacity.ts';
import { Deliveries } from './deliveries.ts';
import { dependencies } from './dependencies.ts';
import { devices } from './devices.ts';
import { effects } from './effects.ts';
import { endings } from './endings.ts';
import { fences } from './fences.ts';
import { hashes } from './hashes.ts';
import { liveness } from './liveness.ts';
import { occasions } from './occasions.ts';
import { Reading, type Claim, type Commit } from './reading.ts';
import type { Report, Rule } from './rule.ts';
import { schedules } from './schedules.ts';
import { Secrets } from './secrets.ts';

interface Partition {
  readonly reading: Reading;
  read: number;
  /** Place of each commit that counts among the records, by its number. */
  readonly places: number[];
}
type Handler = (event: never, commit: Commit) => void;

/** The twelve invariants over the log and the histories, and nothing else. */
export class LogChecker implements Checker {
  private readonly partitions = new Map<string, Partition>();
  private readonly rules: readonly Rule[];
  private readonly handlers = new Map<string, Handler[]>();
  private readonly deliveries: Deliveries;
  private readonly secrets: Secrets;
  private texts = 0;
  private now = 0;
  private log: LogView | undefined;
  private found: Violation[] = [];

  constructor(secrets: readonly string[]) {
    const of = (invariant: number): Report => (where, what) => void this.found.push({ invariant, at: this.now, what, where });
    this.deliveries = new Deliveries(of(6), of(12));
    this.secrets = new Secrets(secrets, of(10));
    this.rules = [
      acknowledged(of(1), (position) => this.eventsAt(position)), endings(of(2)), dependencies(of(3)), capacity(of(4)), devices(of(4)), schedules(of(5)), occasions(of(5)),
      hashes(of(7)), effects(of(8)), liveness(of(9)), accounting(of(11)), fences(of(12)),
    ];
    for (const rule of this.rules) for (const [type, handler] of Object.entries(rule.events ?? {})) this.handlers.set(type, [...(this.handlers.get(type) ?? []), handler]);
  }

  step(log: LogView, history: History, now: number): readonly Violation[] {
    this.now = now;
    this.log = log;
    const fresh = log.partitions().flatMap((name) => this.read(log, name));
    const commits = fresh.filter((each) => each.kind === 'commit');
    for (const each of fresh) if (each.kind === 'claim') this.claimed(each);
    for (const commit of commits) this.deliveries.landed(commit);
    this.followAll(commits);
    for (; this.texts < history.texts.length; this.texts++) this.secrets.look(history.texts[this.texts]!, `text ${this.texts}`);
    for (const rule of this.rules) rule.step?.(history);
    return this.found.splice(0);
  }

  settled(): boolean {
    return this.deliveries.open === 0 && this.rules.every((rule) => (rule.open?.() ?? 0) === 0);
  }

  end(log: LogView, history: History, { now }: { readonly now: number }): readonly Violation[] {
    const last = this.step(log, history, now);
    this.deliveries.end();
    for (const rule of this.rules) rule.end?.();
    return [...last, ...this.found.splice(0)];
  }

  private read(log: LogView, name: string): (Claim | Commit)[] {
    let known = this.partitions.get(name);
    if (!known) this.partitions.set(name, (known = { reading: new Reading(name), read: 0, places: [] }));
    const fresh: (Claim | Commit)[] = [];
    for (const text of log.records(name, known.read)) {
      this.secrets.look(text, `${name}, record ${known.read}`);
      const counts = known.reading.admit(text);
      if (counts?.kind === 'commit') known.places.push(known.read);
      if (counts) fresh.push(counts);
      known.read++;
    }
    return fresh;
  }

  private claimed(claim: Claim): void {
    this.deliveries.claimed(claim);
    for (const rule of this.rules) rule.claim?.(claim);
  }

  /** Causes before effects: what a commit cites is followed before it, in whatever order partitions were read. */
  private followAll(commits: readonly Commit[]): void {
    const queues = new Map<string, { readonly commits: Commit[]; next: number }>();
    for (const commit of commits) {
      const queue = queues.get(commit.name);
      if (queue) queue.commits.push(commit);
      else queues.set(commit.name, { commits: [commit], next: 0 });
    }
    const upTo = (name: string, seq: number): void => {
      const queue = queues.get(name);
      while (queue && queue.next < queue.commits.length && queue.commits[queue.next]!.seq <= seq) {
        const commit = queue.commits[queue.next++]!;
        if (commit.cited) upTo(commit.cited.source, commit.cited.seq);
        this.follow(commit);
      }
    };
    for (const name of queues.keys()) upTo(name, Infinity);
  }

  private follow(commit: Commit): void {
    const answered = this.deliveries.answer(commit);
    for (const rule of this.rules) rule.commit?.(commit, answered);
    for (const event of commit.events) for (const handler of this.handlers.get(event.type) ?? []) handler(event as never, commit);
  }

  private eventsAt({ topic, partition, seq }: { topic: string; partition: number; seq: number }): readonly Message[] | undefined {
    const name = `${topic}/${partition}`;
    const place = this.partitions.get(name)?.places[seq];
    if (place === undefined) return undefined;
    const text = JSON.parse(this.log!.records(name, place)[0]!) as { ev?: [Message][] };
    return (text.ev ?? []).map(([event]) => event);
  }
}

export const makeChecker: MakeChecker = (workload) => new LogChecker(workload.secrets);
