import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ControlPlane } from '../control-plane.fixture.ts';

/** Quick until it is told otherwise through a file: then it blocks its worker, ends it, or waits. */
const TASK = `
  import { appendFileSync, existsSync, readFileSync } from 'node:fs';
  export const act = ({ params }) => {
    appendFileSync(params.file, params.name + ' ');
    if (params.act === 'block') { const until = Date.now() + 600; while (Date.now() < until); }
    if (params.act === 'loop') for (;;);
    if (params.act === 'exit') process.exit(1);
    if (params.act === 'wait') return new Promise((resolve) => setTimeout(resolve, 600));
  };
`;

describe('attempts that wait inside a worker', () => {
  const plane = new ControlPlane();
  let bundle: string;
  let n = 0;
  const orders = (file: string, acts: string[], work = {}) => acts.map((act) => {
    const name = `t${++n}`;
    return plane.order(name, { bundle, uses: './t.mjs#act', params: { file, name, act }, ...work });
  });
  const all = (list: ReturnType<typeof orders>) => Promise.all(list.map(async (order) => (await plane.result(order)).outcome));
  const quick = (count: number) => Array.from({ length: count }, () => 'go');

  beforeAll(async () => {
    await plane.listen();
    plane.startAgent();
    await plane.connected();
    bundle = await plane.bundle({ 't.mjs': TASK });
  });
  afterAll(() => plane.close());

  it.each(['block', 'wait', 'exit', 'loop'])('run exactly once, elsewhere, when the one before them turns out to %s', async (act) => {
    const file = join(plane.dir, act);
    const work = act === 'loop' ? { timeout: 2_000, grace: 100 } : {};
    const warm = orders(file, quick(200), work);
    plane.start(...warm);
    await all(warm);
    const batch = orders(file, [...quick(5), act, ...quick(60), act, ...quick(60)], work);
    plane.start(...batch);
    const outcomes = await all(batch);
    const failed = act === 'exit' ? 'failed WorkerCrashed' : act === 'loop' ? 'failed TimedOut' : 'succeeded';
    expect(outcomes.map((o) => (o.kind === 'failed' ? `failed ${o.failure.code}` : o.kind))).toEqual(batch.map((o) => (o.work.params.act === act ? failed : 'succeeded')));
    const seen = readFileSync(file, 'utf8').trim().split(' ');
    expect(seen.sort()).toEqual([...warm, ...batch].map((o) => o.task).sort());
  });

  it('are cancelled without having begun, or having begun', async () => {
    const file = join(plane.dir, 'cancel');
    appendFileSync(file, '');
    const warm = orders(file, quick(100));
    plane.start(...warm);
    await all(warm);
    const batch = orders(file, ['wait', 'wait', 'wait', ...quick(40)]);
    plane.start(...batch);
    for (const order of batch) plane.stop(order);
    const outcomes = await all(batch);
    const begun = new Set(readFileSync(file, 'utf8').trim().split(' '));
    outcomes.forEach((outcome, i) => {
      if (outcome.kind === 'succeeded') expect(begun).toContain(batch[i]!.task);
      else expect(outcome.kind).toBe('cancelled');
    });
    // What is acknowledged late is told again, and says the same.
    for (const order of batch) expect(new Set(plane.results(order).map((result) => JSON.stringify(result))).size).toBe(1);
  });
});
