import { describe, expect, it } from '@jest/globals';
import { withinReply } from './recovery.mjs';

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
