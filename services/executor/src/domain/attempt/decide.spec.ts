import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Json } from '@novacron/kernel';
import { Scenario } from '@novacron/testing';
import { definition } from '../../definition.ts';

const mark = { run: 'res1-a', task: 'train', attempt: 1 };
const work = { kind: 'function' as const, uses: './tasks/train.mjs#train', params: {}, inputs: {}, grace: 5_000 };
const placed = { workspace: 'vision', ...mark, workflow: 'classifier', pool: 'default', node: 'n1' };
const taskPlaced = { type: 'TaskPlaced', ...placed, gpus: [0], work, resources: { cpu: 0.5, memory: 256, gpu: 1 }, policy: 'best-fit' };
const cancel = { type: 'CancelForwarded', workspace: 'vision', ...mark, pool: 'default', reason: 'asked by ann' };
const result = (outcome: Json, more: Record<string, Json> = {}) => ({ type: 'AttemptsEnded', effects: ['executor/0/0.0'], results: [{ ...mark, node: 'n1', outcome, startedAt: 10, endedAt: 30, ...more }] });
const succeeded = result({ kind: 'succeeded', outputs: { top1: 0.9 } });

let scenario: Scenario<typeof definition.schema>;
beforeEach(() => void (scenario = new Scenario(definition)));

describe('an attempt', () => {
  it('is ordered to start where it was placed, with its whole work in the effect', () => {
    expect(scenario.tell(taskPlaced)).toEqual({
      events: [{ type: 'AttemptStarting', ...placed, gpus: [0] }],
      effects: [{ type: 'StartAttempt', ...placed, gpus: [0], work, cpu: 0.5, memory: 256 }],
    });
    expect(scenario.tell(taskPlaced)).toEqual({ events: [] });
  });

  it('is said to run once', () => {
    scenario.tell(taskPlaced);
    const started = { type: 'AttemptsStarted', attempts: [{ ...mark, startedAt: 10 }, { ...mark, startedAt: 11 }] };
    expect(scenario.events(started)).toEqual([{ type: 'AttemptStarted', ...placed, startedAt: 10 }]);
    expect(scenario.events(started)).toEqual([]);
  });

  it.each([
    [{ kind: 'succeeded', outputs: { top1: 0.9 }, files: [{ name: 'm', hash: 'a'.repeat(64), size: 3 }] }, { type: 'AttemptSucceeded', outputs: { top1: 0.9 }, files: [{ name: 'm', hash: 'a'.repeat(64), size: 3 }] }],
    [{ kind: 'failed', failure: { class: 'data', code: 'TaskThrew', message: 'bad row' } }, { type: 'AttemptFailed', failure: { class: 'data', code: 'TaskThrew', message: 'bad row' } }],
    [{ kind: 'cancelled', reason: 'asked by ann' }, { type: 'AttemptCancelled', reason: 'asked by ann' }],
    [{ kind: 'lost', reason: 'the node restarted' }, { type: 'AttemptLost', reason: 'the node restarted' }],
  ])('ends as its agent saw it: %j', (outcome, event) => {
    scenario.tell(taskPlaced);
    expect(scenario.events(result(outcome))).toEqual([{ ...placed, startedAt: 10, endedAt: 30, ...event }]);
    expect(scenario.state.attempt.size).toBe(0);
  });

  it('ends once: late, repeated, unknown and superseded results change nothing', () => {
    scenario.tell(taskPlaced);
    const twice = { ...succeeded, results: [...succeeded.results, ...succeeded.results] };
    expect(scenario.events(twice)).toHaveLength(1);
    expect(scenario.events(succeeded)).toEqual([]);
    scenario.tell({ ...taskPlaced, attempt: 2 });
    expect(scenario.events(succeeded)).toEqual([]);
  });

  it('is ended only by the node that it was placed on', () => {
    scenario.tell(taskPlaced);
    expect(scenario.events(result({ kind: 'succeeded', outputs: {} }, { node: 'n2' }))).toEqual([]);
    expect(scenario.state.attempt.size).toBe(1);
  });

  it('keeps the ending that came first when a cancel is under way', () => {
    scenario.tell(taskPlaced);
    expect(scenario.tell(cancel)).toEqual({
      events: [{ type: 'AttemptStopping', ...mark, reason: 'asked by ann' }],
      effects: [{ type: 'StopAttempt', ...mark, node: 'n1', reason: 'asked by ann' }],
    });
    expect(scenario.tell(cancel)).toEqual({ events: [] });
    expect(scenario.events(succeeded)).toMatchObject([{ type: 'AttemptSucceeded' }]);
    expect(scenario.tell(cancel)).toEqual({ events: [] });
  });

  it('is lost in silence; a result that comes later is refused', () => {
    scenario.tell(taskPlaced);
    scenario.tell({ type: 'AttemptsStarted', attempts: [{ ...mark, startedAt: 10 }] });
    const silent = { type: 'AttemptsSilent', effects: [], attempts: [mark, mark], reason: 'no beat for 15 s' };
    expect(scenario.events(silent, { now: 99 })).toEqual([{ type: 'AttemptLost', ...placed, startedAt: 10, endedAt: 99, reason: 'no beat for 15 s' }]);
    expect(scenario.events(silent)).toEqual([]);
    expect(scenario.events(succeeded)).toEqual([]);
  });

  it('answers an agent which of its attempts nobody waits for', () => {
    scenario.tell(taskPlaced);
    const old = { ...mark, attempt: 0 };
    expect(scenario.tell({ type: 'AttemptsListed', attempts: [old, mark] })).toEqual({ events: [], reply: [old] });
  });

  it('has its log kept piece by piece, the last ones also after its end', () => {
    scenario.tell(taskPlaced);
    const piece = (chunk: number) => ({ type: 'LogKept', workspace: 'vision', ...mark, chunk, hash: 'b'.repeat(64), size: 5 });
    const stored = (chunk: number) => ({ ...piece(chunk), type: 'LogStored' });
    expect(scenario.events(piece(0))).toEqual([stored(0)]);
    expect(scenario.events(piece(0))).toEqual([]);
    expect(scenario.events(piece(1))).toEqual([stored(1)]);
    scenario.tell(succeeded);
    expect(scenario.events(piece(2))).toEqual([stored(2)]);
  });
});
