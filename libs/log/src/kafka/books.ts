import { nameOf, positionOf, type Head, type Row, type RowPosition, type TopicPartition } from '../driver.ts';
import type { HostLog } from '../host/options.ts';
import { judgeBeginning } from '../rule.ts';
import { Places, PLACE_EVERY, type Place } from './places.ts';
import { RecentRecords, rowsOf } from './rows.ts';
import { LogStopped } from './stopped.ts';

const RECENT_BYTES = 128 * 1024;

export type AppendEnd = 'landed' | 'fenced';

/** A record's text, and where it lies. */
export interface Located {
  readonly offset: number;
  readonly text: string;
}

interface Waiting<T> {
  readonly resolve: (end: T) => void;
  readonly reject: (error: Error) => void;
}
interface WaitingClaim extends Waiting<boolean> {
  readonly epoch: number;
}
interface WaitingAppend extends Waiting<AppendEnd> {
  readonly epoch: number;
}
interface WaitingReader extends Waiting<void> {
  readonly offset: number;
  readonly patient: boolean;
}

/** One partition as this process reads it: the rule's state at its end, what came last, and who waits for what to come round. */
export class PartitionBooks implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly places = new Places();
  /** Offset of the record that comes next. */
  next: number;
  stopped: LogStopped | undefined;
  /** Called when somebody here begins to wait for a claim in this partition, or for what is in it. */
  onAwaited = (_patiently: boolean) => {};
  /** Called when the partition becomes this process's, or another's. */
  onTenure = () => {};
  private rule: Place['rule'];
  private address = '';
  /** Who claimed it last in this process. */
  private claimant: string | undefined;
  private readonly recent: RecentRecords;
  private readonly log: HostLog;
  private readonly claims = new Map<string, WaitingClaim>();
  private readonly appends = new Map<string, WaitingAppend>();
  private readers: WaitingReader[] = [];
  private sincePlace = 0;

  constructor({ topic, partition }: TopicPartition, log: HostLog, from: Place & { readonly address: string }) {
    this.topic = topic;
    this.partition = partition;
    this.log = log;
    this.rule = from.rule;
    this.next = from.offset;
    this.address = from.address;
    this.places.add(from);
    this.recent = new RecentRecords(positionOf(from.rule), RECENT_BYTES);
  }

  get head(): Head {
    return { epoch: this.rule.epoch, nextSeq: this.rule.nextSeq, address: this.address };
  }

  /** The last claim is this process's: nothing comes here but what it appends itself, or what fences it. */
  get isOurs(): boolean {
    return this.rule.owner === this.claimant;
  }

  /** Somebody here waits until records are judged that this process knows to be there. */
  get isBehind(): boolean {
    return this.readers.length > 0;
  }

  /** Somebody here waits for a record of this partition, and not just to see it some time. */
  get isAwaited(): boolean {
    return this.claims.size + this.appends.size > 0 || this.readers.some(({ patient }) => !patient);
  }

  owns(epoch: number, owner: string, nextSeq: number): boolean {
    return this.rule.epoch === epoch && this.rule.owner === owner && this.rule.nextSeq === nextSeq;
  }

  /** Rows that came last, from the place on; undefined where they must be fetched. */
  recentRows(after: RowPosition, limit: number): Row[] | undefined {
    const records = this.recent.after(after, limit);
    return records && rowsOf(records);
  }

  /** Judges records that follow each other in the log; answers whether any of them is valid. */
  admit(records: Iterable<Located>): boolean {
    let valid = false;
    for (const { offset, text } of records) {
      // A batch is fetched whole, also when reading begins inside it.
      if (offset < this.next) continue;
      if (offset > this.next) {
        this.stop(new LogStopped('RecordsMissing', `${nameOf(this)} has no records from offset ${this.next} to ${offset - 1}: were they compacted, or written by a transaction?`));
        break;
      }
      this.next = offset + 1;
      if (this.judge(text)) valid = true;
    }
    this.serveReaders();
    return valid;
  }

  /** Resolves when all before the offset was judged. `patient`: as `LogDriver.heads` has it. */
  reached(offset: number, patient = false): Promise<void> {
    if (this.stopped) return Promise.reject(this.stopped);
    if (this.next >= offset) return Promise.resolve();
    return this.await((waiting) => this.readers.push({ offset, patient, ...waiting }), patient);
  }

  /** Resolves when the owner's claim, or a rival's that rules it out, came round. */
  claimed(epoch: number, owner: string): Promise<boolean> {
    this.claim(owner);
    return this.await((waiting) => this.claims.set(owner, { epoch, ...waiting }));
  }

  /** Nobody in this process decides for the partition any more. */
  release(): void {
    this.claim(undefined);
  }

  /** Resolves when a batch that ends with this record came round, or cannot any more. */
  appended(epoch: number, lastText: string): Promise<AppendEnd> {
    return new Promise((resolve, reject) => this.appends.set(lastText, { epoch, resolve, reject }));
  }

  /** Somebody still waits for the owner's claim, or for the batch that ends with this record. */
  awaits(ownerOrText: string): boolean {
    return this.claims.has(ownerOrText) || this.appends.has(ownerOrText);
  }

  /** Nobody waits for it any more. */
  forget(ownerOrText: string): void {
    this.claims.delete(ownerOrText);
    this.appends.delete(ownerOrText);
  }

  stop(reason: LogStopped): void {
    if (this.stopped) return;
    this.stopped = reason;
    this.log.error('a partition of the log is stopped', { partition: nameOf(this), error: reason.message });
    this.abandon(reason);
  }

  /** Who waits is told that nothing more comes. */
  abandon(reason: Error): void {
    for (const waiting of [...this.claims.values(), ...this.appends.values(), ...this.readers]) waiting.reject(reason);
    this.claims.clear();
    this.appends.clear();
    this.readers = [];
  }

  private await<T>(as: (waiting: Waiting<T>) => void, patiently = false): Promise<T> {
    return new Promise((resolve, reject) => {
      as({ resolve, reject });
      this.onAwaited(patiently);
    });
  }

  private claim(owner: string | undefined): void {
    const wereOurs = this.isOurs;
    this.claimant = owner;
    if (this.isOurs !== wereOurs) this.onTenure();
  }

  private judge(text: string): boolean {
    const judged = judgeBeginning(this.rule, text);
    if (!judged) {
      this.log.error('a record of the log cannot be read', { partition: nameOf(this), offset: this.next - 1 });
      return false;
    }
    const { record, verdict, state, hash } = judged;
    const wereOurs = this.isOurs;
    this.rule = state;
    if (this.isOurs !== wereOurs) this.onTenure();
    const isClaim = record?.kind === 'claim';
    if (isClaim) {
      this.endClaims(record.owner, verdict === 'claim');
      if (verdict !== 'claim') return false;
      this.address = record.address;
      this.fence();
    } else {
      this.endAppend(text, verdict === 'commit' ? 'landed' : 'fenced');
      if (verdict === 'gap' || verdict === 'bad-hash') this.log.error('a record of the log breaks the rule', { partition: nameOf(this), offset: this.next - 1, verdict });
      if (verdict !== 'commit') return false;
      if (++this.sincePlace >= PLACE_EVERY) this.mark();
    }
    this.recent.add({ isClaim, epoch: state.epoch, seq: state.nextSeq - 1, text, hash });
    return true;
  }

  private mark(): void {
    this.sincePlace = 0;
    this.places.add({ offset: this.next, rule: this.rule });
  }

  private endClaims(owner: string, won: boolean): void {
    const mine = this.claims.get(owner);
    this.claims.delete(owner);
    mine?.resolve(won);
    if (!won) return;
    for (const [rival, { epoch, resolve }] of this.claims) {
      if (epoch > this.rule.epoch) continue;
      this.claims.delete(rival);
      resolve(false);
    }
  }

  private endAppend(text: string, end: AppendEnd): void {
    // A text is looked up by a hash of all of it.
    if (this.appends.size === 0) return;
    const waiting = this.appends.get(text);
    this.appends.delete(text);
    waiting?.resolve(end);
  }

  /** A claim came round: what was appended under an older one, and did not come before it, is void whenever it lands. */
  private fence(): void {
    for (const [text, { epoch, resolve }] of this.appends) {
      if (epoch >= this.rule.epoch) continue;
      this.appends.delete(text);
      resolve('fenced');
    }
  }

  private serveReaders(): void {
    if (this.readers.length === 0) return;
    const ready = this.readers.filter(({ offset }) => offset <= this.next);
    if (ready.length === 0) return;
    this.readers = this.readers.filter(({ offset }) => offset > this.next);
    for (const { resolve } of ready) resolve();
  }
}
