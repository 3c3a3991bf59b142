import { AppendError, encodeClaim, type AppendFault, type LogDriver, type Segment, type TopicPartition } from '@novacron/log';
import type { Dice } from '../dice.ts';
import type { Faults } from '../faults/faults.ts';
import { EPOCH, type Process } from '../time/process.ts';
import type { Stepper } from '../time/timeline.ts';
import type { RecordLog } from './record-log.ts';

/** One way to the log and back, ms. */
const WAY = 0.4;
const DISK = 0.6;
const SLOW = 100;
/** How long an owner waits for an answer or, from a broker, for its own records to come round. */
const PATIENCE_MS = 2_000;
const LATE_MS = 4_000;

export interface DriverParts {
  readonly log: RecordLog;
  readonly process: Process;
  readonly faults: Faults;
  readonly dice: Dice;
  /** The disk takes its steps whether the process lives or not. */
  readonly disk: Stepper;
  readonly joint: boolean;
  readonly partitions: number;
}

/** The log as one process reaches it: every call travels there, lands and is answered in steps of its own, and any of them may go wrong. */
export function faultyDriver(parts: DriverParts): LogDriver {
  const { log, process, faults, joint } = parts;
  return {
    joint,
    claim: (requests) => claiming(parts, () => requests.filter((request) => log.claim(request)).map(({ topic, partition }) => ({ topic, partition }))),
    append: (segments) => append(parts, segments),
    read: (partition, after, limit) => {
      const late = faults.meets('rows late', process.name);
      const twice = faults.meets('rows twice', process.name);
      return call(parts, 'read', late ? 500 + parts.dice.int(1_500) : 0, () => log.read(partition, after, late ? 1 : limit, twice ? 1 + parts.dice.int(3) : 0));
    },
    heads: (topics) => call(parts, 'heads', 0, () => log.heads(topics)),
    onAppend: (listener) => log.onLanded((partition) => {
      if (!process.alive || faults.meets('hint missed', process.name)) return;
      process.after(WAY * (1 + parts.dice.number()), 'told of an append', () => listener(log.endOf(partition)));
    }),
    now: () => call(parts, 'now', 0, () => Math.floor(EPOCH + process.timeline.now)),
    close: async () => {},
  };
}

/** There and back; what is done there is done even when the process dies meanwhile. */
function call<T>({ process, dice, disk }: DriverParts, name: string, more: number, work: () => T): Promise<T> {
  return new Promise((resolve) => {
    if (!process.alive) return;
    process.timeline.schedule(disk, WAY * dice.number() + more, name, () => {
      const answer = work();
      process.after(WAY * dice.number(), `${name} answered`, () => {
        if (name === 'read') process.point('in the middle of reading');
        resolve(answer);
      });
    });
  });
}

function claiming(parts: DriverParts, work: () => readonly TopicPartition[]): Promise<readonly TopicPartition[]> {
  const { process, faults, dice } = parts;
  process.point('before claim');
  const unanswered = faults.meets('claim unanswered', process.name);
  const arrives = dice.chance(0.5);
  return call(parts, 'claim', DISK, () => {
    const won = unanswered && !arrives ? [] : work();
    process.point('claim landed, unanswered');
    return won;
  }).then((won) => {
    process.point('after claim, before rebuild');
    if (unanswered) throw new Error('the connection broke while claiming');
    return won;
  });
}

function append(parts: DriverParts, segments: readonly Segment[]): Promise<void> {
  const { process, faults, dice, log, disk, joint } = parts;
  const { name } = process;
  return new Promise((resolve, reject) => {
    if (!process.alive) return;
    let over = false;
    const end = (label: string, fault?: AppendFault): void => {
      if (over) return;
      over = true;
      process.point(fault ? `append failed: ${fault.kind}` : 'append landed, unconfirmed');
      process.after(WAY * dice.number(), label, () => {
        faults.appended(name);
        if (fault) reject(new AppendError(fault, label));
        else resolve();
      });
    };
    const unknown = (ms: number) => process.timeline.schedule(disk, ms, 'no answer', () => end('the connection broke', { kind: 'unknown' }));
    process.point('before append');
    faults.appending(name, () => 3 * dice.number());
    const disked = DISK * dice.number() * (faults.meets('slow disk', name) ? SLOW : 1);
    if (faults.meets('append lost', name)) return void unknown(PATIENCE_MS * dice.number());
    if (!joint && faults.meets('append falsely acknowledged', name)) return void unknown(PATIENCE_MS);
    const late = faults.meets('append delayed', name);
    if (late) unknown(PATIENCE_MS * dice.number());
    process.timeline.schedule(disk, late ? PATIENCE_MS + LATE_MS * dice.number() : WAY * dice.number() + disked, 'append', () => {
      const refused = refusal(parts, segments);
      if (refused) return end(`the log refuses: ${refused.kind}`, refused);
      if (faults.meets('fenced away', name)) rival(parts, dice.pick(segments));
      const lost = log.append(segments);
      if (lost.length) return end('fenced', { kind: 'fenced', partitions: lost.map(({ topic, partition }) => ({ topic, partition })) });
      process.point('append landed, unanswered');
      if (faults.meets('append unanswered', name)) return void unknown(PATIENCE_MS * dice.number());
      if (joint) end('appended');
      else readBack(parts, segments, 0, end);
    });
  });
}

/** From a broker an append counts when the process's own records came round in a read, by the rule. */
function readBack(parts: DriverParts, segments: readonly Segment[], waited: number, end: (label: string, fault?: AppendFault) => void): void {
  const { process, log, dice } = parts;
  process.after(WAY * dice.number(), 'read back', () => {
    const standing = segments.map((segment) => ({ segment, how: log.stands(segment) }));
    const gone = standing.filter(({ how }) => how === 'gone').map(({ segment: { topic, partition } }) => ({ topic, partition }));
    if (gone.length) return end('another claim came first', { kind: 'fenced', partitions: gone });
    if (standing.every(({ how }) => how === 'landed')) return end('came round');
    if (waited > PATIENCE_MS) return end('did not come round', { kind: 'unknown' });
    process.after(50, 'reads again', () => readBack(parts, segments, waited + 50, end));
  });
}

function refusal({ faults, process }: DriverParts, segments: readonly Segment[]): AppendFault | undefined {
  if (faults.meets('disk full', process.name)) return { kind: 'refused' };
  // Of several records together only: which of them it was is then found one by one, and none is refused for good.
  const several = segments.length > 1 || segments[0]!.records.length > 1;
  return several && faults.meets('content refused', process.name) ? { kind: 'content' } : undefined;
}

/** Somebody claims one partition of an append that is on its way. */
function rival({ log, partitions, dice }: DriverParts, { topic, partition }: Segment): void {
  const { epoch } = log.rule({ topic, partition });
  const owner = `rival-${dice.int(1 << 30).toString(36)}`;
  log.claim({ topic, partition, epoch: epoch + 1, owner, address: 'http://nobody', record: encodeClaim({ epoch: epoch + 1, owner, address: 'http://nobody', partitions, time: EPOCH }) });
}
