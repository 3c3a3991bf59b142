import { describe, expect, it } from '@jest/globals';
import type { TaskDefinition, WorkflowDefinition } from '@novacron/contracts';
import type { Message } from '@novacron/kernel';
import fc from 'fast-check';
import { task, workflow } from '../../testing/definitions.ts';
import { World } from '../../testing/world.ts';

const ENDINGS = new Set(['TaskSucceeded', 'TaskFailed', 'TaskSkipped', 'TaskCancelled']);
const RUN_ENDINGS = new Set(['RunSucceeded', 'RunFailed', 'RunCancelled']);

interface Choice {
  readonly needs: readonly number[];
  readonly when: number;
  readonly forEach: number | undefined;
  readonly maxParallel: number | undefined;
  readonly limit: number;
  readonly none: boolean;
}

const choice: fc.Arbitrary<Choice> = fc.record({
  needs: fc.uniqueArray(fc.nat(60), { maxLength: 3 }),
  when: fc.nat(9),
  forEach: fc.option(fc.nat(5), { nil: undefined, freq: 4 }),
  maxParallel: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  limit: fc.nat(2),
  none: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
});

function whenOf(kind: number, need: string | undefined): Partial<TaskDefinition> {
  if (kind === 0) return { when: 'false' };
  if (need === undefined || kind > 4) return {};
  return { when: [`tasks.${need}.state != 'failed'`, `tasks.${need}.state == 'failed'`, `tasks.${need}.outputs.missing`, 'run.id == "r1"'][kind - 1]! };
}

function dag(choices: readonly Choice[]): WorkflowDefinition {
  return workflow(choices.map((one, i) => {
    const needs = i === 0 ? [] : [...new Set(one.needs.map((n) => `t${n % i}`))];
    const backoff = { initial: 1_000, factor: 2, max: 4_000, jitter: 0.5 };
    return task(`t${i}`, {
      needs,
      ...whenOf(one.when, needs[0]),
      ...(one.forEach === undefined ? {} : { forEach: String(one.forEach) }),
      ...(one.forEach === undefined || one.maxParallel === undefined ? {} : { maxParallel: one.maxParallel }),
      ...(one.none ? { kind: 'none' as const } : {}),
      retry: { limit: one.limit, on: ['transient'], backoff },
    });
  }));
}

/** Lives a run to its end: attempts end in any order and way; time passes only when nothing else can happen. */
function live(world: World, definition: WorkflowDefinition, steps: readonly number[], cancelAt: number): void {
  world.start(definition);
  for (let step = 0; world.scenario.state.run.size > 0; step++) {
    if (step > 10_000) throw new Error('the run does not end');
    const pick = steps[step % steps.length]!;
    if (step === cancelAt) world.cancel();
    const open = [...world.open.values()];
    if (open.length === 0) {
      if (world.scenario.state.run.size > 0 && world.pass(4_000).length === 0) throw new Error('nothing is open and no timer says anything');
      continue;
    }
    const { task: name } = open[pick % open.length]!;
    const ending = endingOf(world, name, pick);
    world.open.delete(`r1/${name}`);
    world.tell(ending);
    expect(world.tell(ending)).toEqual([]);
  }
}

function endingOf(world: World, name: string, pick: number): Message {
  const failure = (kind: string) => ({ failure: { class: kind, code: 'X', message: 'x' } });
  switch (pick % 7) {
    case 0: return world.ending('AttemptFailed', name, failure('transient'));
    case 1: return world.ending('AttemptFailed', name, failure('permanent'));
    case 2: return world.ending('AttemptLost', name, { reason: 'silence' });
    case 3: return world.ending('AttemptCancelled', name, { reason: 'stopped' });
    default: return world.ending('AttemptSucceeded', name, { outputs: { n: pick } });
  }
}

function checkHistory(said: readonly Message[], definition: WorkflowDefinition): void {
  const needs = new Map(definition.tasks.map((one) => [one.name, one.needs]));
  const ended = new Set<string>();
  const readied = new Set<string>();
  for (const event of said) {
    const name = event.task as string;
    if (event.type === 'TaskReady') {
      const attempt = `${name}/${event.attempt as number}`;
      expect(readied.has(attempt)).toBe(false);
      readied.add(attempt);
      for (const need of needs.get(name.replace(/\[.*/, ''))!) expect(ended.has(need)).toBe(true);
    }
    if (ENDINGS.has(event.type)) {
      expect(ended.has(name)).toBe(false);
      ended.add(name);
    }
    if (RUN_ENDINGS.has(event.type)) for (const { name: each } of definition.tasks) expect(ended.has(each)).toBe(true);
  }
  expect(said.filter(({ type }) => RUN_ENDINGS.has(type))).toHaveLength(1);
}

describe('R1 laws over random graphs', () => {
  const graphs = fc.array(choice, { minLength: 1, maxLength: 60 });
  const steps = fc.array(fc.nat(10_000), { minLength: 1, maxLength: 50 });

  it('R1 order is respected, each attempt is readied once, each task ends once, everything ends', () => {
    fc.assert(fc.property(graphs, steps, fc.nat(120), (choices, picks, cancelAt) => {
      const world = new World();
      const definition = dag(choices);
      live(world, definition, picks, cancelAt);
      checkHistory(world.said, definition);
      const { state } = world.scenario;
      expect([state.run.size, state.plan.size, state.task.size, state.group.size, state.items.size, state.pin.size]).toEqual([0, 0, 0, 0, 0, 0]);
      expect([...world.timers.keys()].sort()).toEqual(['admission/r1', 'tombstone/r1']);
      expect(world.scenario.hash()).toBe(world.scenario.refolded());
    }), { numRuns: 150 });
  });

  it('R1 FR-13 a retry runs nothing that succeeded and rests on nothing that runs again', () => {
    fc.assert(fc.property(graphs, steps, (choices, picks) => {
      const world = new World();
      const definition = dag(choices);
      live(world, definition, picks, -1);
      if (!world.said.some(({ type }) => type === 'RunFailed')) return;
      const succeeded = new Set(world.said.filter(({ type }) => type === 'TaskSucceeded').map((event) => event.task as string));
      const first = world.said.length;
      world.retry('r2');
      for (let open = [...world.open.values()]; open.length > 0; open = [...world.open.values()]) world.succeed(open[0]!.task, { n: 1 }, {}, 'r2');
      const said = world.said.slice(first);
      checkHistory(said, definition);
      const again = new Set(said.filter(({ type }) => type === 'TaskReady').map((event) => event.task as string));
      const needs = new Map(definition.tasks.map((one) => [one.name, one.needs]));
      // What came to something in this run itself: a failure that repeats itself is decided anew, too, and whoever handles it handles it again.
      const decided = (event: Message) => event.type === 'TaskSkipped' || event.type === 'TaskFailed' || (event.type === 'TaskSucceeded' && event.attempt !== 0);
      const anew = new Set(said.filter(decided).map((event) => (event.task as string).replace(/\[.*/, '')));
      for (const name of again) {
        const own = name.replace(/\[.*/, '');
        if (succeeded.has(name)) expect(needs.get(own)!.some((need) => anew.has(need))).toBe(true);
      }
    }), { numRuns: 80 });
  });

  it('never throws, and a message that comes twice says nothing new', () => {
    const types = ['AttemptSucceeded', 'AttemptFailed', 'AttemptLost', 'AttemptCancelled', 'TaskDequeued', 'AttemptStarted', 'RunContinued', 'RetryDue', 'ModelWaitExpired',
      'RunDeadlineReached', 'ModelAwaitSatisfied', 'ModelAwaitRefused', 'ModelVersionPublished', 'ModelVersionRefused', 'RunCancelForwarded', 'RunSucceeded', 'RunFailed', 'RunCancelled'];
    const message = fc.record({
      type: fc.constantFrom(...types), run: fc.constantFrom('r1', 'r2'), task: fc.constantFrom('a', 'b', 'fan', 'fan[0]', 'fan[1]', 'nope', 'nope[3]'),
      attempt: fc.nat(2), from: fc.constantFrom('0', '1', '1:0:1', 'x'), wait: fc.constantFrom('res0-2', 'w'),
    });
    const rest = {
      workspace: 'shop', workflow: 'flow', outputs: {}, reason: 'x', failure: { class: 'transient', code: 'X', message: 'x' }, model: 'v/m', version: '1.0.0', metrics: {}, lineage: {},
      problem: { code: 'X', status: 409, detail: 'x' }, by: 'x', startedAt: 0, endedAt: 0, pool: 'p', node: 'n',
    };
    const backoff = { initial: 1, factor: 1, max: 1, jitter: 0 };
    const definition = workflow([
      task('a', { models: [{ model: 'v/m', range: '*', timeout: 5 }], retry: { limit: 1, on: ['transient'], backoff } }),
      task('b', { publishes: { model: 'shop/m', version: '1.0.0' } }),
      task('fan', { forEach: '2', maxParallel: 1 }),
    ], { timeout: 10 });
    fc.assert(fc.property(fc.array(message, { maxLength: 30 }), (messages) => {
      const world = new World();
      world.start(definition);
      for (const each of messages) {
        const whole = { ...rest, ...each };
        world.step(whole);
        const before = world.scenario.hash();
        world.step(whole);
        expect(world.scenario.hash()).toBe(before);
      }
      expect(world.scenario.hash()).toBe(world.scenario.refolded());
    }), { numRuns: 300 });
  });
});
