import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { commitOf, encodeClaim, encodeCommit, encodeEvent, hashOf, mayAddress, type LogRecord, type Recipient } from './record.ts';
import { EMPTY, judge, judgeBeginning, judgeText, type RuleState } from './rule.ts';

/*
 * Exhaustive check of the validity rule. The model: owners that claim, append and crash; a log to which every record that was sent may come at
 * once, late, twice or never, and an acknowledgement that is true, missing or false (kafkajs K1). A state of the world is expanded in every way
 * it can go on; equal worlds are visited once.
 */
interface Sent {
  readonly record: LogRecord;
  readonly hash: string;
  readonly by: number;
}
interface Owner {
  /** What it believes after reading up to its own claim; undefined: it does not own. */
  readonly rule: RuleState | undefined;
  readonly claims: number;
}
interface World {
  readonly log: readonly Sent[];
  /** Sent and not landed: may land later, once or twice, or stay here for ever. */
  readonly flying: readonly (Sent & { readonly copies: number })[];
  readonly owners: readonly Owner[];
  /** Commits that a client was told are in the log. */
  readonly acknowledged: readonly string[];
  readonly made: number;
}

type Judge = typeof judge;
interface Planted {
  readonly judge?: Judge;
  /** Tells the client when the append returned, not when the record was read back. */
  readonly acknowledgesUnread?: boolean;
  /** After an unknown outcome goes on without a new claim, with the next commit under the same seq. */
  readonly reusesIdentity?: boolean;
  /** Goes on deciding although a newer claim is in the log. */
  readonly ignoresClaims?: boolean;
}

interface Bounds {
  readonly owners: number;
  readonly records: number;
  readonly epochs: number;
}

function read(log: readonly Sent[], by: Judge): { rule: RuleState; valid: Sent[] } {
  let rule = EMPTY;
  const valid: Sent[] = [];
  for (const sent of log) {
    const { verdict, state } = by(rule, sent.record, sent.hash);
    rule = state;
    if (verdict === 'commit') valid.push(sent);
  }
  return { rule, valid };
}

function violation(world: World, by: Judge): string | undefined {
  const { valid } = read(world.log, by);
  const hashes = valid.map(({ hash }) => hash);
  for (const lost of world.acknowledged) if (!hashes.includes(lost)) return 'an acknowledged commit is not in the history';
  const claims = world.log.filter((sent) => sent.record.kind === 'claim' && isValidClaim(world.log, sent, by)).map(({ record }) => record.epoch);
  if (claims.some((epoch, i) => i > 0 && epoch <= claims[i - 1]!)) return 'an epoch has two owners';
  for (const [i, { record }] of valid.entries()) {
    if (record.kind !== 'commit') continue;
    if (record.seq !== i) return 'the history has a gap or a fork';
    const before = valid[i - 1];
    if (before && record.prev !== before.hash) return 'a commit does not continue the one before it';
    const claimsBefore = world.log.slice(0, world.log.indexOf(valid[i]!)).filter(({ record: claim }) => claim.kind === 'claim' && claim.epoch > record.epoch);
    if (claimsBefore.some((claim) => isValidClaim(world.log, claim, by))) return 'a commit of epoch e is valid after claim e+1';
  }
  return undefined;
}

function isValidClaim(log: readonly Sent[], claim: Sent, by: Judge): boolean {
  const { rule } = read(log.slice(0, log.indexOf(claim)), by);
  return by(rule, claim.record, claim.hash).verdict === 'claim';
}

function* successors(world: World, bounds: Bounds, planted: Planted): Generator<World> {
  const by = planted.judge ?? judge;
  for (const [i, sent] of world.flying.entries()) {
    const rest = world.flying.filter((_, j) => j !== i);
    const landed = { record: sent.record, hash: sent.hash, by: sent.by };
    if (world.log.length < bounds.records) {
      // It lands; a copy may stay in the air.
      yield { ...world, log: [...world.log, landed], flying: sent.copies > 1 ? [...rest, { ...sent, copies: sent.copies - 1 }] : rest };
    }
  }
  for (const [me, owner] of world.owners.entries()) {
    const { rule } = read(world.log, by);
    const replace = (change: Partial<Owner>) => world.owners.map((each, i) => (i === me ? { ...each, ...change } : each));
    if (owner.claims < 2 && rule.epoch < bounds.epochs && world.made < bounds.records) {
      const name = `${me}.${owner.claims}`;
      const record: LogRecord = { kind: 'claim', epoch: rule.epoch + 1, owner: name, address: '', partitions: 1, time: 0 };
      yield { ...world, made: world.made + 1, flying: [...world.flying, { record, hash: '', by: me, copies: 1 }], owners: replace({ claims: owner.claims + 1, rule: undefined }) };
    }
    if (!owner.rule && owner.claims > 0 && rule.owner === `${me}.${owner.claims - 1}`) yield { ...world, owners: replace({ rule }) };
    if (owner.rule && world.made < bounds.records) {
      const { epoch, owner: name, nextSeq, head } = owner.rule;
      const hash = `h${world.made}`;
      const record: LogRecord = { kind: 'commit', epoch, owner: name, seq: nextSeq, prev: head, time: 0, events: [], to: [], effects: [], ended: [], timers: [] };
      // One append in flight: until it is read back the owner makes no other; a crash or an unknown outcome ends the claim.
      const sent = { record, hash, by: me, copies: 2 };
      const after = { ...world, made: world.made + 1, flying: [...world.flying, sent] };
      yield { ...after, owners: replace({ rule: undefined }) };
      if (planted.acknowledgesUnread) yield { ...after, owners: replace({ rule: { epoch, owner: name, nextSeq: nextSeq + 1, head: hash } }), acknowledged: [...world.acknowledged, hash] };
      if (planted.reusesIdentity) yield { ...after, owners: replace({}) };
      if (world.log.length < bounds.records) {
        // It lands at once and is read back, if the log still says that we own.
        const log = [...world.log, { record, hash, by: me }];
        const now = read(log, by);
        const isIn = now.valid.some((each) => each.hash === hash);
        if (isIn || planted.ignoresClaims) {
          yield { ...world, made: world.made + 1, log, owners: replace({ rule: isIn ? now.rule : { epoch, owner: name, nextSeq: nextSeq + 1, head: hash } }), acknowledged: isIn || planted.ignoresClaims ? [...world.acknowledged, hash] : world.acknowledged };
        }
      }
    }
  }
}

function explore(bounds: Bounds, planted: Planted = {}, limit = 2_000_000): { worlds: number; violation: string | undefined } {
  const first: World = { log: [], flying: [], owners: Array.from({ length: bounds.owners }, () => ({ rule: undefined, claims: 0 })), acknowledged: [], made: 0 };
  const seen = new Set<string>([JSON.stringify(first)]);
  const open: World[] = [first];
  for (let i = 0; i < open.length; i++) {
    const world = open[i]!;
    const bad = violation(world, planted.judge ?? judge);
    if (bad) return { worlds: seen.size, violation: bad };
    if (seen.size > limit) throw new Error('the bound is too large to be exhaustive');
    for (const next of successors(world, bounds, planted)) {
      // What is in the air has no order.
      const key = JSON.stringify({ ...next, flying: next.flying.map((sent) => `${sent.hash}${sent.by}${sent.record.epoch}.${sent.copies}`).sort(), log: next.log.map((sent) => `${sent.hash}${sent.by}${sent.record.epoch}`) });
      if (seen.has(key)) continue;
      seen.add(key);
      open.push(next);
    }
  }
  return { worlds: seen.size, violation: undefined };
}

const without = (check: 'epoch' | 'owner' | 'seq' | 'hash'): Judge => (state, record, hash) => {
  if (record.kind === 'claim') return judge(state, record, hash);
  const forged = { ...record, ...(check === 'epoch' && { epoch: state.epoch }), ...(check === 'owner' && { owner: state.owner }), ...(check === 'seq' && { seq: state.nextSeq }), ...(check === 'hash' && { prev: state.head }) };
  return judge(state, forged, hash);
};

describe('the validity rule, exhaustively', () => {
  it('keeps one history and loses nothing acknowledged: 2 owners, 2 epochs, 5 records', () => {
    const { worlds, violation: bad } = explore({ owners: 2, records: 5, epochs: 2 });
    expect(bad).toBeUndefined();
    expect(worlds).toBeGreaterThan(10_000);
  }, 60_000);
  it('keeps them with 3 owners, 3 epochs, 4 records', () => {
    expect(explore({ owners: 3, records: 4, epochs: 3 }).violation).toBeUndefined();
  }, 60_000);
  it.each<[string, Planted]>([
    ['acknowledged before it was read back', { acknowledgesUnread: true }],
    ['a rule without the owner and the epoch', { judge: (state, record, hash) => without('epoch')(state, record.kind === 'commit' ? { ...record, owner: state.owner } : record, hash) }],
    ['a rule without seq and hash', { judge: (state, record, hash) => without('seq')(state, record.kind === 'commit' ? { ...record, prev: state.head } : record, hash) }],
    ['a claim that need not be the next epoch', { judge: (state, record, hash) => (record.kind === 'claim' && record.epoch >= state.epoch ? { verdict: 'claim', state: { ...state, epoch: record.epoch, owner: record.owner } } : judge(state, record, hash)) }],
    ['an owner that goes on after a newer claim', { ignoresClaims: true }],
  ])('finds a planted error: %s', (_what, planted) => {
    expect(explore({ owners: 2, records: 5, epochs: 2 }, planted).violation).toBeDefined();
  }, 60_000);
  it('ignores and counts by kind what is not valid', () => {
    const owned: RuleState = { epoch: 2, owner: 'x', nextSeq: 3, head: 'h' };
    const commit = { kind: 'commit', epoch: 2, owner: 'x', seq: 3, prev: 'h', time: 0, events: [], to: [], effects: [], ended: [], timers: [] } as const;
    const verdicts = [
      commit, { ...commit, epoch: 1 }, { ...commit, owner: 'y' }, { ...commit, seq: 2 }, { ...commit, seq: 4 }, { ...commit, prev: 'other' },
      { kind: 'claim', epoch: 3, owner: 'y', address: '', partitions: 1, time: 0 } as const, { kind: 'claim', epoch: 4, owner: 'y', address: '', partitions: 1, time: 0 } as const,
    ].map((record) => judge(owned, record, 'next').verdict);
    expect(verdicts).toEqual(['commit', 'stale', 'stale', 'duplicate', 'gap', 'bad-hash', 'claim', 'rival-claim']);
  });
  it('judges a text as the record in it, by the hash of its bytes; a text without one is no record', () => {
    const claim = encodeClaim({ epoch: 1, owner: 'x', address: 'here', partitions: 4, time: 5 });
    const claimed = judgeText(EMPTY, claim)!;
    expect(claimed).toMatchObject({ verdict: 'claim', hash: '', record: { kind: 'claim', partitions: 4 }, state: { epoch: 1, owner: 'x', nextSeq: 0, head: '' } });
    const commit = encodeCommit({ epoch: 1, owner: 'x', seq: 0, prev: '', time: 6, eventTexts: [], effects: [], ended: [], timers: [] });
    expect(judgeText(claimed.state, commit)).toMatchObject({ verdict: 'commit', hash: hashOf(commit), record: { kind: 'commit', time: 6 }, state: { epoch: 1, owner: 'x', nextSeq: 1, head: hashOf(commit) } });
    for (const text of ['', '{', 'null', '{"e":1}']) expect(judgeText(claimed.state, text)).toBeUndefined();
  });
  it('judges by a text\'s beginning as by the whole', () => {
    const small = fc.nat(2);
    const owner = fc.constantFrom('', 'x', 'y');
    const head = fc.constantFrom('', 'one', 'two');
    const commit = fc.record({ epoch: small, owner, seq: small, prev: head, time: fc.nat(), cause: fc.option(fc.string(), { nil: undefined }), word: fc.string() })
      .map(({ word, cause, ...rest }) => encodeCommit({ ...rest, ...(cause !== undefined && { cause }), eventTexts: [encodeEvent({ type: 'Said', word }, [])], effects: [], ended: [], timers: [] }));
    const claim = fc.record({ epoch: small, owner, address: fc.string(), partitions: fc.nat(), time: fc.nat() }).map(encodeClaim);
    fc.assert(fc.property(fc.record({ epoch: small, owner, nextSeq: small, head }), fc.oneof(commit, claim, fc.string()), (state, text) => {
      const whole = judgeText(state, text);
      const by = judgeBeginning(state, text);
      expect([by?.verdict, by?.hash, by?.state]).toEqual([whole?.verdict, whole?.hash, whole?.state]);
      if (whole?.verdict === 'commit') expect(commitOf(text)).toEqual(whole.record);
      else expect(by?.record).toEqual(whole?.record);
    }), { numRuns: 2_000 });
  });
  it('a commit that goes on as nothing that can be read is one all the same, to every reader that goes by its beginning', () => {
    const text = encodeCommit({ epoch: 1, owner: 'x', seq: 0, prev: '', time: 6, eventTexts: [], effects: [], ended: [], timers: [] }).slice(0, -1);
    expect(judgeBeginning({ ...EMPTY, epoch: 1, owner: 'x' }, text)?.verdict).toBe('commit');
    expect(() => commitOf(text)).toThrow('a commit of the log cannot be read: {"e":1,"o":"x"');
  });
  it('whom an event is addressed to shows in the text', () => {
    const recipients = fc.array(fc.tuple(fc.constantFrom('front', 'back', 'side'), fc.string()), { maxLength: 3 });
    fc.assert(fc.property(recipients, fc.string(), (to: Recipient[], word) => {
      const text = encodeCommit({ epoch: 1, owner: 'x', seq: 0, prev: '', time: 6, eventTexts: [encodeEvent({ type: 'Said', word }, to)], effects: [], ended: [], timers: [] });
      for (const service of ['front', 'back']) expect(mayAddress(text, [service, 'nobody'])).toBe(to.some(([name]) => name === service));
    }));
  });
});
