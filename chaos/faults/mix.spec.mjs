import { expect, it } from '@jest/globals';
import { setApart } from './mix.mjs';

const kill = (at) => ({ kind: 'service', at });
const during = (...others) => {
  const killed = kill(10_000);
  setApart([...others, killed]);
  return killed.kind;
};

it('a kill into which a full disk of the log or another fault of a service fell is no measure of a take-over', () => {
  expect(during({ kind: 'full disk of the log', at: 2_000, ms: 9_000 })).toBe('service amid another fault');
  expect(during({ kind: 'partition of service', at: 12_000, ms: 2_000 })).toBe('service amid another fault');
  expect(during({ kind: 'deaf of service', at: 500, ms: 9_000 })).toBe('service amid another fault');
});

it('one that was late before anything else happened is, and so is one beside which only agents were hit', () => {
  expect(during({ kind: 'full disk of the log', at: 13_500, ms: 9_000 })).toBe('service');
  expect(during({ kind: 'pause of service', at: 2_000, ms: 7_000 })).toBe('service');
  expect(during({ kind: 'partition of service', at: 2_000, ms: 3_900 })).toBe('service');
  expect(during({ kind: 'partition of agent', at: 9_000, ms: 9_000 }, { kind: 'full disk of the agent', at: 9_000 }, kill(9_500))).toBe('service');
});
