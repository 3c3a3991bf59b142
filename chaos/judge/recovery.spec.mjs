import { describe, expect, it } from '@jest/globals';
import { takeOvers, withinReply } from './recovery.mjs';

const HERE = 'http://127.0.0.1:1';
const kill = (at, kind = 'service', address = HERE) => ({ kind, address, at });
/** The log of one owner with commits at these times; the first place of a chain may be empty. */
const log = (...times) => ({ heads: new Map([['fleet/0', [undefined, ...times.map((at) => ({ hash: 'h', at, by: HERE }))]]]) });

describe('kills between produce and read-back', () => {
  it('are those of an owner whose commit is in the log and whose reply cannot have come yet', () => {
    expect(withinReply({ faults: [kill(1_000), kill(1_049)], log: log(1_000) }, 50)).toBe(2);
    expect(withinReply({ faults: [kill(1_050), kill(999)], log: log(1_000) }, 50)).toBe(0);
  });

  it('are none of agents, or of owners that decided nothing', () => {
    expect(withinReply({ faults: [kill(1_000, 'agent'), kill(1_000, 'service', 'http://127.0.0.1:2')], log: log(1_000) }, 50)).toBe(0);
  });
});

describe('a take-over', () => {
  const THERE = 'http://127.0.0.1:2';
  const at = { topic: 'fleet', partition: 0 };
  const ms = (first, openings = []) => takeOvers({
    faults: [{ kind: 'service', address: HERE, target: 'fleet', services: ['fleet'], at: 1_000 }], openings,
    log: { claims: [{ ...at, address: HERE, at: 500 }, { ...at, address: THERE, at: 2_000, first }], heads: new Map([['gateway/0', [{ at: 1_500 }, { at: 9_000 }]]]) },
  })[0].ms;
  const opened = [{ at: 2_400, address: THERE, partitions: ['fleet/0', 'fleet/1'] }];

  it('lasts until what waited at the source is decided, and is not prolonged by what came later', () => {
    expect(ms({ at: 2_600, source: 'gateway/0', seq: 0 }, opened)).toBe(1_600);
    expect(ms({ at: 9_300, source: 'gateway/0', seq: 1 }, opened)).toBe(1_300);
  });

  it('lasts until the successor is there where only a request or a timer followed, or nothing', () => {
    expect(ms({ at: 9_000 }, opened)).toBe(1_400);
    expect(ms({ at: 2_100 }, opened)).toBe(1_100);
    expect(ms(undefined, opened)).toBe(1_400);
    expect(ms({ at: 9_000 })).toBe(8_000);
  });
});
