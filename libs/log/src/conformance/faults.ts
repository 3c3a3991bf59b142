import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Message } from '@novacron/kernel';
import { AppendError, nameOf, type LogDriver, type Segment } from '../driver.ts';
import { decode, encodeClaim, encodeCommit, hashOf, type Commit } from '../record.ts';
import type { Host } from '../host/host.ts';
import { NotOwned, type Outcome } from '../host/input.ts';
import { contentOf, count, hostOn, tell, until } from './counting.ts';
import type { Installation, MakeInstallation } from './installation.ts';

export const FAULTS = [
  'refused', 'lost', 'lost, and another process commits meanwhile', 'applied but unanswered', 'applied but unanswered, and found by two readings with a failure between', 'fenced by another process',
  'content refused',
] as const;
export type Fault = (typeof FAULTS)[number];

const POISON = 'the store does not like this';

/** A driver whose `step`-th append meets the fault; later ones are sound, except that poison is never taken. */
function faulty(driver: LogDriver, fault: Fault, step: number): { driver: LogDriver; hit: () => boolean } {
  let appends = 0;
  let hit = false;
  const append = async (segments: readonly Segment[]): Promise<void> => {
    if (fault === 'content refused' && segments.some((segment) => segment.records.some((record) => record.includes(POISON)))) {
      hit = true;
      throw new AppendError({ kind: 'content' }, 'refused by content');
    }
    if (appends++ !== step || fault === 'content refused') return driver.append(segments);
    hit = true;
    switch (fault) {
      case 'refused': throw new AppendError({ kind: 'refused' }, 'no space left');
      case 'lost': throw new AppendError({ kind: 'unknown' }, 'connection lost');
      case 'lost, and another process commits meanwhile':
        for (const segment of segments) await overtake(driver, segment);
        throw new AppendError({ kind: 'unknown' }, 'connection lost');
      case 'applied but unanswered':
      case 'applied but unanswered, and found by two readings with a failure between':
        if (fault !== 'applied but unanswered') torn = segments.at(-1);
        await driver.append(segments);
        throw new AppendError({ kind: 'unknown' }, 'connection lost');
      case 'fenced by another process': {
        const { topic, partition, epoch } = segments[0]!;
        await driver.claim([{ topic, partition, epoch: epoch + 1, owner: 'rival', address: 'there', record: encodeClaim({ epoch: epoch + 1, owner: 'rival', address: 'there', partitions: 4, time: 1 }) }]);
        return driver.append(segments);
      }
    }
  };
  /** The partition whose next reading ends with the row that was appended; the one behind it fails. */
  let torn: Segment | undefined;
  let fails = false;
  const read: LogDriver['read'] = async (partition, after, limit) => {
    if (!torn || nameOf(partition) !== nameOf(torn)) return driver.read(partition, after, limit);
    if (fails) {
      torn = undefined;
      throw new Error('connection lost');
    }
    const rows = await driver.read(partition, after, limit);
    const [first] = rows;
    fails = first?.lastSeq === torn?.lastSeq;
    return fails ? [first!] : rows;
  };
  return { driver: { ...bound(driver), append, read }, hit: () => hit };
}

/** What a process does that took the partition meanwhile: its commits stand where the lost ones would have stood, and one beyond. */
async function overtake(driver: LogDriver, { topic, partition, epoch: before, firstSeq, lastSeq, records }: Segment): Promise<void> {
  const [epoch, owner] = [before + 1, 'rival'];
  await driver.claim([{ topic, partition, epoch, owner, address: 'there', record: encodeClaim({ epoch, owner, address: 'there', partitions: 4, time: 1 }) }]);
  const { prev, time } = decode(records[0]!) as Commit;
  const texts: string[] = [];
  for (let seq = firstSeq; seq <= lastSeq + 1; seq++) {
    texts.push(encodeCommit({ epoch, owner, seq, prev: texts.length === 0 ? prev : hashOf(texts.at(-1)!), time, cause: 'command', eventTexts: [], effects: [], ended: [], timers: [] }));
  }
  await driver.append([{ topic, partition, epoch, owner, firstSeq, lastSeq: lastSeq + 1, records: texts }]);
}

/** A driver's methods apart from its class, so that one can be replaced. */
export function bound(driver: LogDriver): LogDriver {
  return {
    joint: driver.joint, claim: (r) => driver.claim(r), append: (s) => driver.append(s), read: (p, a, l) => driver.read(p, a, l), heads: (t) => driver.heads(t),
    onAppend: (l) => driver.onAppend(l), now: () => driver.now(), close: () => driver.close(),
  };
}

const KEYS = ['a', 'b', 'c', 'd', 'e'];
const COMMANDS = 120;
const EFFECTS = 20;

interface Lived {
  readonly content: string;
  readonly replies: readonly string[];
  /** Distinct idempotency keys with which effects were done, and what was done. */
  readonly effects: readonly string[];
  readonly steps: number;
  /** Whether the fault was met at all: group commit makes more or fewer appends of the same load. */
  readonly hit: boolean;
}

/** The same load each time: questions, effects and, for a refusal of content, one poisonous command. */
async function live(installation: Installation, fault: Fault | undefined, step: number): Promise<Lived> {
  let hit = () => true;
  const done = new Map<string, string>();
  const host = hostOn(installation, {
    wrap: (driver) => {
      if (!fault) return driver;
      const wrapped = faulty(driver, fault, step);
      hit = wrapped.hit;
      return wrapped.driver;
    },
    effects: {
      Deliver: async (effect: Message & { key: string; id: string }, { id }) => {
        done.set(id, effect.id);
        return { type: 'Delivered', key: effect.key, id: effect.id };
      },
    },
  });
  await host.start();
  const replies: Promise<string>[] = [];
  for (let i = 0; i < COMMANDS; i++) {
    const key = KEYS[i % KEYS.length]!;
    replies.push(asked(host, i < EFFECTS ? 'Tell' : 'Ask', key, `${i}`));
    // In waves, so that appends meet speculation that goes on behind them.
    if (i % 10 === 9) await Promise.race([replies[i]!, new Promise((resolve) => setTimeout(resolve, 1))]);
  }
  const poison = fault === 'content refused' ? tell(host, 'Ask', 'a', { id: POISON }).then(() => 'landed', () => 'rejected') : Promise.resolve('rejected');
  const answers = await Promise.all(replies);
  expect(await poison).toBe('rejected');
  await until(() => KEYS.reduce((sum, key) => sum + count(host, 'heard', key), 0) === COMMANDS - EFFECTS && Array.from({ length: EFFECTS }, (_, i) => count(host, 'heard', `told ${i}`, KEYS[i % KEYS.length]!)).every((n) => n >= 1) && host.backlog === 0);
  const lived = { content: contentOf(host), replies: answers, effects: [...done.values()].sort(), steps: host.counters.appends, hit: hit() };
  await host.stop();
  return lived;
}

/** What a client does: where the owner is gone, it repeats the same command. */
async function asked(host: Host, type: string, key: string, id: string): Promise<string> {
  for (;;) {
    try {
      const outcome = (await tell(host, type, key, { id })) as Outcome;
      return `${outcome.events.length} events`;
    } catch (error) {
      if (!(error instanceof NotOwned)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

/** Fails the append at its steps, in turn, under load, and compares with an undisturbed run. */
export function survivesFaults(name: string, make: MakeInstallation, every: number): void {
  describe(`an append that fails: ${name}`, () => {
    let undisturbed: Lived;
    let installation: Installation;
    beforeEach(async () => void (installation = await make()));
    afterEach(() => installation.close());

    it('is compared with an undisturbed run', async () => {
      undisturbed = await live(installation, undefined, 0);
      expect(undisturbed.effects).toHaveLength(EFFECTS);
      expect(undisturbed.steps).toBeGreaterThan(3);
    });
    it.each(FAULTS)('%s, at each step: state, replies and effects are as if nothing had happened', async (fault) => {
      const steps = fault === 'content refused' ? 1 : Math.min(12, undisturbed.steps - 1);
      let hits = 0;
      for (let step = 0; step < steps; step += every) {
        const each = await make();
        const lived = await live(each, fault, step);
        await each.close();
        if (lived.hit) hits++;
        expect(lived.content).toBe(undisturbed.content);
        expect(lived.replies).toEqual(undisturbed.replies);
        expect([...new Set(lived.effects)]).toEqual(undisturbed.effects);
      }
      expect(hits).toBeGreaterThan(fault === 'content refused' ? 0 : steps / every / 3);
    }, 60_000);
  });
}
