import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { realPorts } from '@novacron/kernel';
import { EMPTY } from '../rule.ts';
import { silentLog } from '../silent-log.ts';
import { until } from '../testing/index.ts';
import type { BrokerLink } from './broker-link.ts';
import { PartitionBooks } from './books.ts';
import type { Brokers } from './brokers.ts';
import { Tail } from './tail.ts';

/** Brokers whose fetches bring nothing, as they do while nobody appends. */
class Cluster {
  leader = 1;
  version = 1;
  readonly fetched = new Map<number, number>();
  private moved = () => {};
  readonly leaderOf = () => this.leader;
  readonly onMove = (listener: () => void) => void (this.moved = listener);
  readonly link = (node: number) => ({
    call: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      this.fetched.set(node, (this.fetched.get(node) ?? 0) + 1);
      return { errorCode: 0, sessionId: 7, responses: [] };
    },
  }) as unknown as BrokerLink;

  /** As somebody else's look finds it. */
  lead(node: number): void {
    this.leader = node;
    this.version++;
    this.moved();
  }
}

let tail: Tail;
let cluster: Cluster;
let books: PartitionBooks;
beforeEach(() => {
  cluster = new Cluster();
  books = new PartitionBooks({ topic: 'alpha', partition: 0 }, silentLog, { offset: 0, rule: EMPTY, address: '' });
  tail = new Tail(cluster as unknown as Brokers, realPorts(), silentLog, { arrived: () => {}, outOfRange: async () => {}, startsAt: () => {} });
  tail.follow([books]);
});
afterEach(() => tail.close());

describe('the reading of the ends', () => {
  it('goes on at another broker though the one before never said that it no longer leads', async () => {
    for (const node of [1, 2, 1, 3, 2]) {
      const before = cluster.fetched.get(node) ?? 0;
      cluster.lead(node);
      await until(() => (cluster.fetched.get(node) ?? 0) > before, `broker ${node} to be asked`, 5_000);
    }
  });
  it('leaves nobody waiting when it ends', async () => {
    const reached = expect(books.reached(1)).rejects.toThrow('the log is closed');
    await tail.close();
    await reached;
  });
});
