import { beforeEach, describe, expect, it } from '@jest/globals';
import { realPorts } from '@novacron/kernel';
import type { BrokerLink } from './broker-link.ts';
import type { Brokers } from './brokers.ts';
import { Producer } from './producer.ts';

interface Asked {
  /** `topic/partition: records` of each batch. */
  readonly batches: readonly string[];
  answer(): void;
  fail(): void;
}
interface Data {
  readonly topicData: readonly { topic: string; partitions: readonly { partition: number; messages: readonly { value: string }[] }[] }[];
}

let requests: Asked[];
let producer: Producer;

/** Brokers of one link, whose requests are answered by hand. */
const link = {
  call: (_: string, { topicData }: Data) => new Promise((resolve, reject) => requests.push({
    batches: topicData.flatMap(({ topic, partitions }) => partitions.map(({ partition, messages }) => `${topic}/${partition}: ${messages.map(({ value }) => value).join(' ')}`)),
    answer: () => resolve({ topics: topicData.map(({ topic, partitions }) => ({ topicName: topic, partitions: partitions.map(({ partition }) => ({ partition, errorCode: 0, baseOffset: '7', logAppendTime: '1', logStartOffset: '0' })) })) }),
    fail: () => reject(new Error('cut')),
  })),
} as unknown as BrokerLink;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const send = (partition: number, ...texts: string[]) => producer.send({ topic: 'alpha', partition }, texts);

beforeEach(() => {
  requests = [];
  producer = new Producer({ linkTo: async () => link, refresh: async () => {} } as unknown as Brokers, realPorts().timers, 1_000);
});

describe('a producer', () => {
  it('sends together what is given at the same time, before the next turn', async () => {
    const sent = Promise.all([send(0, 'a', 'b'), send(1, 'c')]);
    for (let microtask = 0; microtask < 10; microtask++) await Promise.resolve();
    expect(requests.map(({ batches }) => batches)).toEqual([['alpha/0: a b', 'alpha/1: c']]);
    requests[0]!.answer();
    expect(await sent).toEqual([{ offset: 7, startsAt: 0, time: 1 }, { offset: 7, startsAt: 0, time: 1 }]);
  });

  it('gathers while a request is under way, with what follows from its answer', async () => {
    const first = send(0, 'a');
    await turn();
    const others = [send(1, 'b'), send(2, 'c')];
    await turn();
    expect(requests.length).toBe(1);
    const followed = first.then(() => send(0, 'd'));
    requests[0]!.answer();
    await turn();
    await turn();
    expect(requests.slice(1).map(({ batches }) => batches)).toEqual([['alpha/1: b', 'alpha/2: c', 'alpha/0: d']]);
    requests[1]!.answer();
    await Promise.all([followed, ...others]);
  });

  it('gives a request one batch of a partition, and keeps their order', async () => {
    const sent = [send(0, 'a'), send(1, 'b'), send(0, 'c'), send(2, 'd')];
    await turn();
    requests[0]!.answer();
    await turn();
    await turn();
    requests[1]!.answer();
    await Promise.all(sent);
    expect(requests.map(({ batches }) => batches)).toEqual([['alpha/0: a', 'alpha/1: b'], ['alpha/0: c', 'alpha/2: d']]);
  });

  it('sends what waited after a request that failed: of it nothing was on its way', async () => {
    const first = send(0, 'a');
    await turn();
    const second = send(1, 'b');
    await turn();
    requests[0]!.fail();
    await expect(first).rejects.toMatchObject({ fault: { kind: 'unknown' } });
    await turn();
    requests[1]!.answer();
    expect(await second).toMatchObject({ offset: 7 });
  });
});
