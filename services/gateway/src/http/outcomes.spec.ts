import { describe, expect, it } from '@jest/globals';
import type { Message, Position } from '@novacron/kernel';
import type { ServiceLog } from '@novacron/service';
import { VirtualPorts } from '@novacron/testing';
import { Outcomes } from './outcomes.ts';

/** Of two partitions, of which this process owns the first. */
function outcomes() {
  let hear: (partition: number, events: readonly Message[], position: Position) => void = () => {};
  const log = { owned: () => new Map([[0, 1]]), onConfirmed: (listener: typeof hear) => ((hear = listener), () => {}) } as unknown as ServiceLog;
  const awaited: number[] = [];
  const made = new Outcomes(log, new VirtualPorts(), () => void awaited.push(1));
  return { made, awaited, settle: (command: string) => hear(0, [{ type: 'CommandSettled', command, outcome: { status: 201, body: {} } }], { topic: 'gateway', partition: 0, seq: 3 }) };
}

describe('outcomes', () => {
  it('of an own partition come by themselves: who reads the log is left in peace', async () => {
    const { made, awaited, settle } = outcomes();
    const waiting = made.wait('c', 0, 1_000);
    settle('c');
    expect(await waiting).toEqual({ outcome: { status: 201, body: {} }, position: { topic: 'gateway', partition: 0, seq: 3 } });
    expect(awaited).toEqual([]);
  });

  it('of another process\'s partition are read, and at once', () => {
    const { made, awaited } = outcomes();
    void made.wait('c', 1, 1_000);
    expect(awaited.length).toBe(1);
  });
});
