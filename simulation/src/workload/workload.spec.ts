import { describe, expect, it } from '@jest/globals';
import type { StartOrder } from '@novacron/contracts';
import { graphOf } from '@novacron/workflow';
import { dice } from '../dice.ts';
import { plan } from './plan.ts';
import { userCode } from './user-code.ts';
import { makeWorkload } from './workload.ts';

const SEEDS = Array.from({ length: 300 }, (_, seed) => seed);
/** What a commit holds; a run's first one carries the definition once. */
const MOST_BYTES = 256 * 1024;

const workflowsOf = (seed: number, size: 'small' | 'large' = 'small') => plan(dice(seed), size).teams.flatMap(({ workflows }) => workflows);
const order = (uses: string, run = 'r1', attempt = 1) => ({ run, task: 't', attempt, work: { uses: `./tasks.mjs#${uses}` } }) as StartOrder;

describe('what teams have', () => {
  it('is the same for the same dice', () => {
    for (const seed of SEEDS.slice(0, 20)) expect(plan(dice(seed), 'large')).toEqual(plan(dice(seed), 'large'));
  });

  it('can be run: every graph has an order, and fits into a commit', () => {
    const all = [...SEEDS.flatMap((seed) => workflowsOf(seed)), ...SEEDS.slice(0, 40).flatMap((seed) => workflowsOf(seed, 'large'))];
    for (const workflow of all) {
      expect(graphOf(workflow).order).toHaveLength(workflow.tasks.length);
      expect(JSON.stringify(workflow).length).toBeLessThan(MOST_BYTES);
    }
  });

  it('has a size of heavy tail: about eight tasks, up to 2,000', () => {
    const sizes = SEEDS.flatMap((seed) => workflowsOf(seed)).map(({ tasks }) => tasks.length).sort((a, b) => a - b);
    expect(sizes[sizes.length >> 1]).toBeGreaterThanOrEqual(6);
    expect(sizes[sizes.length >> 1]).toBeLessThanOrEqual(12);
    expect(sizes.at(-1)).toBeGreaterThan(30);
    expect(Math.max(...SEEDS.slice(0, 60).flatMap((seed) => workflowsOf(seed, 'large')).map(({ tasks }) => tasks.length))).toBeGreaterThan(1_500);
  });

  it('uses all that the language has', () => {
    const workflows = SEEDS.flatMap((seed) => workflowsOf(seed));
    const tasks = workflows.flatMap((workflow) => workflow.tasks);
    for (const field of ['when', 'forEach', 'maxParallel', 'retry', 'timeout', 'resources', 'publishes', 'outputs'] as const) expect(tasks.some((task) => task[field] !== undefined)).toBe(true);
    expect(tasks.some(({ models }) => models.length > 0)).toBe(true);
    expect([...new Set(tasks.map(({ kind }) => kind))].sort()).toEqual(['function', 'none', 'process']);
    expect([...new Set(workflows.flatMap(({ triggers }) => triggers).map(({ kind }) => kind))].sort()).toEqual(['cron', 'file', 'interval', 'model']);
    expect([...new Set(workflows.map(({ concurrency }) => concurrency.onConflict))].sort()).toEqual(['queue', 'replace', 'skip']);
  });

  it('lets nothing wait for ever that nobody tidies up', () => {
    for (const { tasks, timeout } of SEEDS.flatMap((seed) => workflowsOf(seed))) {
      for (const { models, uses, timeout: own, resources } of tasks) {
        for (const need of models) if (need.range !== '^1.0.0' || need.compat) expect(need.timeout).toBeDefined();
        if (uses && /#(endless|stubborn)/.test(uses)) expect(own).toBeDefined();
        if (resources && resources.cpu > 100) expect(timeout).toBeDefined();
      }
    }
  });
});

describe('user code', () => {
  it('does the same for the same order, and other things for others', () => {
    const code = userCode(7);
    expect(code(order('steady'))).toEqual(userCode(7)(order('steady')));
    expect(new Set(SEEDS.map((n) => JSON.stringify(code(order('steady', `r${n}`))))).size).toBeGreaterThan(100);
  });

  it('fails at first where it is flaky, and never forgets to succeed', () => {
    const code = userCode(7);
    for (const n of SEEDS) {
      const kinds = [1, 2, 3].map((attempt) => code(order('flaky', `r${n}`, attempt)).outcome.kind);
      expect(kinds.join()).toMatch(/^(failed,){0,2}succeeded/);
    }
  });
});

it('shrinks to the clients that are left', () => {
  const whole = makeWorkload(dice(3), { size: 'small' });
  const less = makeWorkload(dice(3), { size: 'small', clients: 1 });
  expect(less.clients.map(({ name }) => name)).toEqual(whole.clients.slice(0, 2).map(({ name }) => name));
});
