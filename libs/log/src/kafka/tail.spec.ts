import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { realPorts, type Ports } from '@novacron/kernel';
import { encodeClaim } from '../record.ts';
import { EMPTY } from '../rule.ts';
import { silentLog } from '../silent-log.ts';
import { until } from '../testing/index.ts';
import type { Manner } from './attention.ts';
import type { BrokerLink } from './broker-link.ts';
import { PartitionBooks } from './books.ts';
import type { Brokers } from './brokers.ts';
import { Intake } from './intake.ts';
import { Tail } from './tail.ts';

const brought = (found: readonly { readonly topic: string; readonly offset: number; readonly text: string }[]) =>
  found.map(({ topic, offset, text }) => ({ topicName: topic, partitions: [{ partition: 0, errorCode: 0, lastStartOffset: '0', messages: [{ offset: `${offset}`, value: Buffer.from(text) }] }] }));

interface Request {
  readonly sessionEpoch: number;
  readonly topics: readonly { readonly topic: string }[];
}

/** Brokers whose fetches bring nothing, as they do while nobody appends, or a record of another process in each topic that is asked for. */
class Cluster {
  isBusy = false;
  /** Called while a fetch is under way. */
  during: (manner: Manner) => unknown = () => {};
  leader = 1;
  version = 1;
  readonly fetched = new Map<number, number>();
  /** What the newest fetch of each manner asks for. */
  readonly asked: Partial<Record<Manner, ReadonlySet<string>>> = {};
  private moved = () => {};
  readonly leaderOf = () => this.leader;
  readonly onMove = (listener: () => void) => void (this.moved = listener);
  /** Fetches of a process's own partitions. */
  caughtUp = 0;
  /** What its next fetch of its own brings. */
  missed = '';
  readonly linkTo = async () => ({
    call: async () => {
      this.caughtUp++;
      return { errorCode: 0, responses: brought([{ topic: 'alpha', offset: books.next, text: this.missed }]) };
    },
  }) as unknown as BrokerLink;
  readonly link = (node: number, manner: Manner) => ({
    call: async (_api: 'Fetch', { sessionEpoch, topics }: Request) => {
      // In a session only what moved is named.
      const asked = new Set([...(sessionEpoch > 0 ? this.asked[manner]! : []), ...topics.map(({ topic }) => topic)]);
      this.asked[manner] = asked;
      await new Promise((resolve) => setImmediate(resolve));
      await this.during(manner);
      this.fetched.set(node, (this.fetched.get(node) ?? 0) + 1);
      return { errorCode: 0, sessionId: 7, responses: this.isBusy ? brought([...asked].map((topic) => ({ topic, offset: booksOf(topic).next, text: '' }))) : [] };
    },
  }) as unknown as BrokerLink;

  /** As somebody else's look finds it. */
  lead(node: number): void {
    this.leader = node;
    this.version++;
    this.moved();
  }
}

const newBooks = (topic: string) => new PartitionBooks({ topic, partition: 0 }, silentLog, { offset: 0, rule: EMPTY, address: '' });
const booksOf = (topic: string) => (topic === 'alpha' ? books : others);

function begin(ports: Ports): void {
  books = newBooks('alpha');
  others = newBooks('beta');
  const intake = new Intake(silentLog, { arrived: () => {}, outOfRange: async () => {}, startsAt: () => {} });
  tail = new Tail(cluster as unknown as Brokers, ports, silentLog, intake);
  tail.follow([books]);
}

let tail: Tail;
let cluster: Cluster;
let books: PartitionBooks;
let others: PartitionBooks;
beforeEach(() => {
  cluster = new Cluster();
  begin(realPorts());
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
  const turns = async (count: number) => {
    for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  /** Goes on with brokers that bring something each time, and with waits that end as `after` says. */
  const whileBusy = async (after: Ports['timers']['after']) => {
    await tail.close();
    cluster = new Cluster();
    cluster.isBusy = true;
    const ports = realPorts();
    begin({ ...ports, timers: { ...ports.timers, after } });
  };
  it('ends its rest when somebody here begins to wait', async () => {
    let rests = 0;
    await whileBusy(() => (rests++, () => {}));
    await until(() => rests === 1, 'a rest that nothing ends', 5_000);
    const rested = cluster.fetched.get(1)!;
    await books.reached(rested + 1);
    expect(rests).toBe(1);
  });
  it('goes on resting where somebody here is patient, or only appends', async () => {
    let rests = 0;
    await whileBusy(() => (rests++, () => {}));
    await until(() => rests === 1, 'a rest that nothing ends', 5_000);
    const rested = cluster.fetched.get(1)!;
    const looked = books.reached(rested + 1, true);
    books.appended(1, 'a mark').catch(() => {});
    await turns(5);
    expect(cluster.fetched.get(1)).toBe(rested);
    tail.hurry(['alpha']);
    await looked;
  });
  it('goes on reading promptly what this process waits for, and the rest patiently', async () => {
    let rests = 0;
    await whileBusy(() => (rests++, () => {}));
    cluster.during = () => tail.hurry(['alpha']);
    tail.follow([others]);
    await until(() => rests > 0, 'a rest that nothing ends', 5_000);
    const [read, rested] = [books.next, others.next];
    await until(() => books.next > read + 100, 'alpha to be read on', 5_000);
    expect([cluster.asked.promptly, cluster.asked.patiently, others.next]).toEqual([new Set(['alpha']), new Set(['beta']), rested]);
    cluster.during = () => tail.hurry(['alpha', 'beta']);
    await until(() => cluster.asked.promptly!.has('beta'), 'beta to be read promptly', 5_000);
  });
  it('reads patiently, and without rest, what it waits for until it can be read promptly', async () => {
    await whileBusy(() => () => {});
    cluster.during = () => tail.hurry(['alpha']);
    tail.follow([others]);
    await until(() => cluster.asked.patiently !== undefined && !cluster.asked.promptly!.has('beta'), 'beta to be read patiently', 5_000);
    let goOn = () => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    let holds = false;
    cluster.during = (manner) => (manner === 'promptly' ? ((holds = true), held) : tail.hurry(['beta']));
    await until(() => holds, 'a prompt fetch to be held at its broker', 5_000);
    tail.hurry(['beta']);
    const { next } = others;
    await until(() => others.next > next + 100, 'beta to be read on', 5_000);
    expect(cluster.asked.promptly).toEqual(new Set(['alpha']));
    goOn();
    await until(() => cluster.asked.promptly!.has('beta'), 'beta to be read promptly', 5_000);
  });
  it('does not rest where somebody here waits now and then', async () => {
    let rests = 0;
    await whileBusy((ms, call) => (rests++, realPorts().timers.after(ms, call)));
    // Every other fetch ends a wait that began while it was under way.
    cluster.during = () => void (books.next % 2 === 0 && books.reached(books.next + 1));
    await until(() => (cluster.fetched.get(1) ?? 0) > 100, 'fetches', 5_000);
    expect(rests).toBe(0);
  });
  const claimOf = (epoch: number, owner: string) => ({ offset: books.next, text: encodeClaim({ epoch, owner, address: owner, partitions: 1, time: 1 }) });
  /** Claims the partition for this process; answers how often it was fetched until then. */
  const own = async () => {
    void books.claimed(1, 'x');
    books.admit([claimOf(1, 'x')]);
    // The fetch that was under way ends.
    await turns(5);
    return cluster.fetched.get(1)!;
  };
  it('leaves out what this process owns, until another does', async () => {
    const fetches = await own();
    await turns(5);
    expect(cluster.fetched.get(1)).toBe(fetches);
    books.admit([claimOf(2, 'y')]);
    await until(() => cluster.fetched.get(1)! > fetches, 'the partition to be read again', 5_000);
  });
  it('takes in what this process decides no more', async () => {
    const fetches = await own();
    books.release();
    await until(() => cluster.fetched.get(1)! > fetches, 'the partition to be read again', 5_000);
  });
  it('reads what this process owns where somebody waits for more than was judged, and no further', async () => {
    const fetches = await own();
    await books.reached(books.next + 2);
    expect([cluster.caughtUp, cluster.fetched.get(1)]).toEqual([2, fetches]);
  });
  it('finds a rival there', async () => {
    const fetches = await own();
    cluster.missed = claimOf(2, 'y').text;
    await books.reached(books.next + 1);
    expect([books.isOurs, cluster.caughtUp]).toEqual([false, 1]);
    await until(() => cluster.fetched.get(1)! > fetches, 'the partition to be read again', 5_000);
  });
  it('leaves nobody waiting when it ends', async () => {
    const reached = expect(books.reached(1)).rejects.toThrow('the log is closed');
    await tail.close();
    await reached;
  });
});
