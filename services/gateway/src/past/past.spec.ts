import { beforeEach, describe, expect, test } from '@jest/globals';
import { VirtualPorts } from '@novacron/testing';
import { Past, type FromReader, type Question } from './past.ts';

const at = { time: 5 };

describe('the process that reads the past', () => {
  let ports: VirtualPorts;
  let past: Past;
  let started: { questions: Question[]; heard(message: FromReader): void; ended(): void; told: number }[];
  beforeEach(() => {
    ports = new VirtualPorts();
    started = [];
    past = new Past((heard, ended) => {
      const one = { questions: [] as Question[], heard, ended, told: 0 };
      started.push(one);
      return { send: (question) => void one.questions.push(question), end: () => { one.told++; ended(); } };
    }, ports);
  });
  const rows = () => past.rowsAt(at);

  test('is started by the first question, and answers each with what it was asked', async () => {
    const [one, all] = [rows().one('run', { id: 'r' }), rows().all('node', {}, ['name'])];
    expect(started.map(({ questions }) => questions.map(({ call }) => call.read))).toEqual([['one', 'all']]);
    started[0]!.heard({ n: 1, text: '[{"name":"a"}]' });
    started[0]!.heard({ n: 0, text: 'null' });
    expect([await one, await all]).toEqual([undefined, [{ name: 'a' }]]);
  });

  test('what it refuses is the caller\'s answer', async () => {
    const page = rows().page('run', { where: {}, order: ['id'], limit: 1 });
    started[0]!.heard({ n: 0, problem: { status: 404, code: 'PositionUnknown', detail: 'no' } });
    await expect(page).rejects.toMatchObject({ problem: { status: 404, code: 'PositionUnknown', detail: 'no' } });
  });

  test('a moment that takes long is asked for again; a late answer harms nobody', async () => {
    const slow = rows().one('run', { id: 'r' });
    const refused = expect(slow).rejects.toMatchObject({ problem: { status: 503 }, headers: { 'retry-after': '5' } });
    await ports.advance(45_000);
    await refused;
    started[0]!.heard({ n: 0, text: 'null' });
  });

  test('when it dies, who waits is told what to do, and the next question starts another', async () => {
    const lost = rows().counts('task', 'status', {});
    started[0]!.ended();
    await expect(lost).rejects.toMatchObject({ problem: { status: 503, code: 'PastTooLarge' } });
    const next = rows().counts('task', 'status', {});
    started[1]!.heard({ n: 1, text: '{"ready":2}' });
    expect(await next).toEqual({ ready: 2 });
  });

  test('64 may wait, the next is sent away', async () => {
    const waiting = Array.from({ length: 64 }, () => rows().one('run', { id: 'r' }));
    await expect(rows().one('run', { id: 'r' })).rejects.toMatchObject({ problem: { status: 503 } });
    for (const { n } of started[0]!.questions) started[0]!.heard({ n, text: 'null' });
    await Promise.all(waiting);
  });

  test('ends when nobody asked for five minutes', async () => {
    const one = rows().one('run', { id: 'r' });
    started[0]!.heard({ n: 0, text: 'null' });
    await one;
    await ports.advance(299_000);
    expect(started[0]!.told).toBe(0);
    await ports.advance(2_000);
    expect(started[0]!.told).toBe(1);
  });
});
