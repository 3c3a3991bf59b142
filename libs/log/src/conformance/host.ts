import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { realPorts, type Message, type Refusal } from '@novacron/kernel';
import { nameOf, type LogDriver } from '../driver.ts';
import { Feed, type Followed } from '../feed.ts';
import type { Host } from '../host/host.ts';
import { NotOwned, type Outcome } from '../host/input.ts';
import type { HostLog } from '../host/options.ts';
import { silentLog } from '../silent-log.ts';
import { alone, contentOf, count, hostOn, tell, until, type HostSpec } from './counting.ts';
import type { Installation, MakeInstallation } from './installation.ts';

/** What the owner loop must do on every driver. */
export function conformsAsHost(name: string, make: MakeInstallation): void {
  describe(`the owner loop: ${name}`, () => {
    let installation: Installation;
    const running: Host[] = [];
    beforeEach(async () => void (installation = await make()));
    afterEach(async () => {
      await Promise.all(running.splice(0).map((host) => host.stop()));
      await installation.close();
    });
    const start = async (spec: HostSpec = {}): Promise<Host> => {
      const host = hostOn(installation, spec);
      running.push(host);
      await host.start();
      return host;
    };
    const stop = async (host: Host) => {
      running.splice(running.indexOf(host), 1);
      await host.stop();
    };
    /** As after kill -9: nothing is said any more, nothing is waited for. */
    const restart = async (host: Host, spec: HostSpec = {}) => {
      await stop(host);
      return start(spec);
    };

    it('answers a command when its decision is in the log, with events and position', async () => {
      const host = await start();
      const outcome = (await tell(host, 'Ask', 'k', { id: '1' })) as Outcome;
      expect(outcome.events).toEqual([{ type: 'Asked', key: 'k', id: '1' }]);
      expect(outcome.position).toEqual({ topic: 'front', partition: host.partitionOf('k'), seq: 0 });
      const rows = await installation.driver().read(outcome.position, { lastSeq: -1, epoch: 0 });
      expect(rows.flatMap((row) => row.records).join('')).toContain('"id":"1"');
    });
    it('carries a question to another service and its answer back', async () => {
      const host = await start();
      await Promise.all(Array.from({ length: 200 }, (_, i) => tell(host, 'Ask', `k${i % 7}`, { id: `${i}` })));
      await until(() => [0, 1, 2, 3, 4, 5, 6].reduce((sum, i) => sum + count(host, 'heard', `k${i}`), 0) === 200);
    });
    it('answers a refusal as a value and commits nothing', async () => {
      const host = await start();
      const before = host.counters.commits;
      expect(((await tell(host, 'Refuse', 'k')) as Refusal).code).toBe('NotLikeThis');
      expect(host.counters.commits).toBe(before);
    });
    it('commits nothing for a direct input that says nothing new, and answers after what it rests on', async () => {
      const host = await start();
      const [first, second] = await Promise.all([tell(host, 'Ask', 'k', { id: '1' }), tell(host, 'Ask', 'k', { id: '1' })]);
      expect((first as Outcome).events).toHaveLength(1);
      expect(second).toMatchObject({ events: [], position: { seq: 0 } });
    });
    it('has the same state after a restart', async () => {
      const first = await start();
      await Promise.all(Array.from({ length: 600 }, (_, i) => tell(first, 'Ask', `k${i % 5}`, { id: `${i}` })));
      await until(() => [0, 1, 2, 3, 4].reduce((sum, i) => sum + count(first, 'heard', `k${i}`), 0) === 600 && first.backlog === 0);
      const content = contentOf(first);
      const second = await restart(first);
      expect(contentOf(second)).toBe(content);
    });
    it('answers after a restart what was asked before and not answered', async () => {
      const alone = await start({ services: ['front'] });
      await tell(alone, 'Ask', 'k', { id: '1' });
      const both = await restart(alone);
      await until(() => count(both, 'heard', 'k') === 1);
    });
    it('L3: answers every source commit once over ten restarts', async () => {
      let host = await start();
      for (let i = 0; i < 10; i++) {
        await tell(host, 'Ask', 'k', { id: `${i}` });
        host = await restart(host);
      }
      await until(() => count(host, 'heard', 'k') >= 10 && host.backlog === 0);
      expect([count(host, 'asked', 'k'), count(host, 'heard', 'k')]).toEqual([10, 10]);
    });
    it('refuses a direct input for a partition that this process does not own', async () => {
      const host = await start({ services: ['back'] });
      await expect(tell(host, 'Ask', 'k', { id: '1' })).rejects.toBeInstanceOf(NotOwned);
    });
    it('works with the services in two processes', async () => {
      const [a, b] = await Promise.all([start({ services: ['front'] }), start({ services: ['back'] })]);
      await Promise.all(Array.from({ length: 50 }, (_, i) => tell(a, 'Ask', `k${i % 3}`, { id: `${i}` })));
      await until(() => count(a, 'heard', 'k0') + count(a, 'heard', 'k1') + count(a, 'heard', 'k2') === 50);
      // Who reads the log may see a commit before its own writer does.
      await until(() => b.counters.commits >= 50);
    });
    it('hands a service on when its owner goes', async () => {
      const first = await start();
      await tell(first, 'Ask', 'k', { id: '1' });
      const second = await start();
      await stop(first);
      await until(() => second.owned('front').size === 4 && second.owned('back').size === 4);
      await tell(second, 'Ask', 'k', { id: '2' });
      await until(() => count(second, 'heard', 'k') === 2);
    });
    it('gives its partitions up when another claim is in the log, and the other goes on', async () => {
      const first = await start({ services: ['front'] });
      const second = hostOn({ ...installation, membership: () => alone }, { services: ['front'] });
      running.push(second);
      await second.start();
      const outcomes = await Promise.allSettled([tell(first, 'Ask', 'k', { id: 'late' }), tell(second, 'Ask', 'k', { id: 'mine' })]);
      expect(outcomes[1]?.status).toBe('fulfilled');
      await until(() => first.counters.lost > 0);
    });

    it('quarantines a message that it does not know, and goes on', async () => {
      const host = await start();
      await tell(host, 'Mistype', 'k');
      await tell(host, 'Ask', 'k', { id: '1' });
      await until(() => count(host, 'heard', 'k') === 1);
      const rows = await installation.driver().read({ topic: 'back', partition: host.partitionOf('k') }, { lastSeq: -1, epoch: 0 });
      expect(rows.flatMap((row) => row.records).join('')).toContain('back does not know Mistyped');
    });
    it('quarantines what makes a decider throw, and goes on', async () => {
      const host = await start();
      expect(((await tell(host, 'Break', 'k')) as Outcome).events[0]).toMatchObject({ type: 'Quarantined', source: 'direct:Break' });
      expect(((await tell(host, 'Ask', 'k', { id: '1' })) as Outcome).events).toHaveLength(1);
    });
    it('L20: quarantines an answer over 256 KiB, and takes one just below', async () => {
      const host = await start();
      expect(((await tell(host, 'Shout', 'k', { times: 256 * 1024 })) as Outcome).events[0]?.type).toBe('Quarantined');
      expect(((await tell(host, 'Shout', 'k', { times: 250 * 1024 })) as Outcome).events[0]?.type).toBe('Shouted');
    });
    it('takes 500 events an input and quarantines 501', async () => {
      const host = await start();
      expect(((await tell(host, 'AskMany', 'k', { id: 'a', times: 500 })) as Outcome).events).toHaveLength(500);
      expect(((await tell(host, 'AskMany', 'k', { id: 'b', times: 501 })) as Outcome).events[0]?.type).toBe('Quarantined');
      await until(() => count(host, 'heard', 'k') === 500);
    });
    it('cuts a long answer between the events of its input', async () => {
      const host = await start();
      await tell(host, 'AskMany', 'k', { id: 'a', times: 499 });
      await until(() => count(host, 'heard', 'k') === 499);
      const second = await restart(host);
      expect(count(second, 'heard', 'k')).toBe(499);
    });
    it('reads what it says to itself from its own log', async () => {
      const host = await start();
      await tell(host, 'CountDown', 'k', { id: 'c', times: 20 });
      await until(() => count(host, 'heard', 'left c', 'k') === 0 && host.backlog === 0);
      const head = (await installation.driver().heads(['front'])).get(nameOf({ topic: 'front', partition: host.partitionOf('k') }));
      expect(head?.nextSeq).toBe(21);
    });

    it('fires a timer once, also when it was due while nobody ran', async () => {
      const host = await start();
      await tell(host, 'Remind', 'k', { id: 'soon', times: 30 });
      await tell(host, 'Remind', 'k', { id: 'now', times: 0 });
      await until(() => count(host, 'heard', 'reminded now', 'k') === 1);
      const second = await restart(host);
      await until(() => count(second, 'heard', 'reminded soon', 'k') === 1);
      const third = await restart(second);
      expect([count(third, 'heard', 'reminded soon', 'k'), count(third, 'heard', 'reminded now', 'k')]).toEqual([1, 1]);
    });
    it('does not fire a timer that was removed', async () => {
      const host = await start();
      await tell(host, 'Remind', 'k', { id: 'gone', times: 20 });
      await tell(host, 'Forget', 'k', { id: 'gone' });
      await tell(host, 'Remind', 'k', { id: 'later', times: 60 });
      await until(() => count(host, 'heard', 'reminded later', 'k') === 1);
      expect(count(host, 'heard', 'reminded gone', 'k')).toBe(0);
    });
    it('fires 500 timers that are due together', async () => {
      const host = await start();
      await Promise.all(Array.from({ length: 500 }, (_, i) => tell(host, 'Remind', 'k', { id: `t${i}`, times: 5 })));
      await until(() => count(host, 'heard', 'reminded t499', 'k') === 1 && count(host, 'heard', 'reminded t0', 'k') === 1 && host.backlog === 0);
    });
    it('never lets log time go back, though the clock does', async () => {
      const ports = realPorts();
      let shift = 0;
      const host = await start({ ports: { ...ports, clock: { now: () => ports.clock.now() + shift, monotonic: ports.clock.monotonic } } });
      await tell(host, 'Ask', 'k', { id: '1' });
      shift = -900;
      await tell(host, 'Ask', 'k', { id: '2' });
      const rows = await installation.driver().read({ topic: 'front', partition: host.partitionOf('k') }, { lastSeq: -1, epoch: 1 });
      const times = rows.flatMap((row) => row.records).map((text) => (JSON.parse(text) as { t: number }).t);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    });
    it('refuses to claim with a clock that is over 1 s off', async () => {
      const ports = realPorts();
      const host = hostOn(installation, { ports: { ...ports, clock: { now: () => ports.clock.now() + 5_000, monotonic: ports.clock.monotonic } } });
      await expect(host.start()).rejects.toThrow(/clock differs by \d+ ms/);
      await host.stop();
    });

    it('does an effect after its commit is in the log, and its outcome ends it', async () => {
      const inLog: boolean[] = [];
      const spec: HostSpec = {
        effects: {
          Deliver: async (effect: Message & { key: string; id: string }, { partition }) => {
            const rows = await installation.driver().read({ topic: 'front', partition }, { lastSeq: -1, epoch: 0 });
            inLog.push(rows.flatMap((row) => row.records).join('').includes('"Deliver"'));
            return { type: 'Delivered', key: effect.key, id: effect.id };
          },
        },
      };
      const host = await start(spec);
      await tell(host, 'Tell', 'k', { id: 'e' });
      await until(() => count(host, 'heard', 'told e', 'k') === 1);
      await restart(host, spec);
      expect(inLog).toEqual([true]);
    });
    it('does an open effect again after a restart, with the same id, until it has an outcome', async () => {
      const ids: string[] = [];
      const never: HostSpec = { effects: { Deliver: (_effect: never, { id }) => void ids.push(id) as undefined } };
      const first = await start(never);
      await tell(first, 'Tell', 'k', { id: 'e' });
      await until(() => ids.length === 1);
      const second = await restart(first, never);
      await until(() => ids.length === 2);
      expect(ids[1]).toBe(ids[0]);
      const third = await restart(second, { effects: { Deliver: async (effect: Message & { key: string; id: string }) => ({ type: 'Delivered', key: effect.key, id: effect.id }) } });
      await until(() => count(third, 'heard', 'told e', 'k') === 1);
      await restart(third, never);
      expect(ids).toHaveLength(2);
    });
    it('tries an effect again that fails', async () => {
      let tries = 0;
      const host = await start({ effects: { Deliver: async (effect: Message & { key: string; id: string }) => {
        if (++tries < 3) throw new Error('not yet');
        return { type: 'Delivered', key: effect.key, id: effect.id };
      } } });
      await tell(host, 'Tell', 'k', { id: 'e' });
      await until(() => count(host, 'heard', 'told e', 'k') === 1);
      expect(tries).toBe(3);
    });

    it('L11: refuses a changed partition count', async () => {
      await stop(await start({ partitions: 4 }));
      const host = hostOn(installation, { partitions: 8 });
      await expect(host.start()).rejects.toThrow('topic front was made with 4 partitions and is configured with 8');
      await host.stop();
    });
    it('stops the one partition whose fold is not what was lived', async () => {
      const first = await start();
      await tell(first, 'Corrupt', 'k');
      await Promise.all(Array.from({ length: 300 }, (_, i) => tell(first, 'Shout', 'k', { times: i % 7 })));
      const { errors, log } = listening();
      const second = await restart(first, { log });
      expect(errors.join()).toMatch(/state hash differs at commit 255: the first bad commit is one of 0 to 255/);
      await expect(tell(second, 'Ask', 'k', { id: '1' })).rejects.toBeInstanceOf(NotOwned);
      const other = ['a', 'b', 'c', 'd', 'e'].find((key) => second.partitionOf(key) !== second.partitionOf('k'))!;
      await tell(second, 'Ask', other, { id: '2' });
    });
    it('stops the one partition with a commit that cannot be read', async () => {
      const first = await start();
      await tell(first, 'Shout', 'k', { times: 3 });
      const { errors, log } = listening();
      const wrap = (driver: LogDriver): LogDriver => Object.assign(Object.create(driver) as LogDriver, {
        read: async (...asked: Parameters<LogDriver['read']>) => (await driver.read(...asked)).map((row) => ({ ...row, records: row.records.map((text) => text.replace('"xxx"', '"xxx')) })),
      });
      const second = await restart(first, { wrap, log });
      expect(errors.join()).toBe(`front/${second.partitionOf('k')}: commit 0 cannot be read`);
      await expect(tell(second, 'Ask', 'k', { id: '1' })).rejects.toBeInstanceOf(NotOwned);
    });
    it('starts from a snapshot, and from the log where the snapshot is damaged', async () => {
      const first = await start();
      await Promise.all(Array.from({ length: 50 }, (_, i) => tell(first, 'Ask', 'k', { id: `${i}` })));
      await until(() => count(first, 'heard', 'k') === 50 && first.backlog === 0);
      const owned = first.owned('front').get(first.partitionOf('k'))!;
      await first.takeSnapshot(owned);
      const content = contentOf(first);
      const second = await restart(first);
      expect(contentOf(second)).toBe(content);
      const store = installation.snapshots();
      const [seq] = await store.list('front', owned.partition);
      const good = (await store.load('front', owned.partition, seq!))!;
      await store.save('front', owned.partition, { ...good, body: good.body.replace('"n":50', '"n":51') });
      const third = await restart(second);
      expect(contentOf(third)).toBe(content);
    });
    it('remembers by a scan mark how far it read what did not concern it', async () => {
      await installation.close();
      installation = await make(1);
      const host = await start({ partitions: 1 });
      for (let round = 0; round < 3; round++) await Promise.all(Array.from({ length: 1_000 }, () => tell(host, 'Shout', 'k', { times: 1 })));
      await until(() => host.counters.scanMarks > 0 && host.backlog === 0);
      expect(host.owned('back').get(0)!.cursor('front/0')?.seq).toBeGreaterThanOrEqual(1_999);
      await tell(host, 'Ask', 'k', { id: '1' });
      await until(() => count(host, 'heard', 'k') === 1);
    }, 30_000);
    it('leaves nothing out that lands with the commit of a scan mark', async () => {
      await installation.close();
      installation = await make(1);
      const host = await start({ partitions: 1 });
      await Promise.all(Array.from({ length: 1_990 }, () => tell(host, 'Shout', 'k', { times: 1 })));
      const shouts = Array.from({ length: 20 }, () => tell(host, 'Shout', 'k', { times: 1 }));
      const asks = Array.from({ length: 20 }, (_, i) => tell(host, 'Ask', 'k', { id: `${i}` }));
      await Promise.all([...shouts, ...asks]);
      await tell(host, 'Ask', 'k', { id: 'last' });
      await until(() => host.owned('back').get(0)!.cursor('front/0')!.seq >= 2_030 && host.backlog === 0);
      expect(count(host, 'heard', 'k')).toBe(21);
    }, 30_000);

    it('feeds followers every commit once, causes before effects, and goes on from their cursors', async () => {
      const host = await start();
      const ports = realPorts();
      const seen: Followed[] = [];
      const remote = new Feed({ driver: installation.driver(), ports, log: silentLog, partitions: 4 });
      const local = new Feed({ driver: installation.driver(), ports, log: silentLog, partitions: 4, host });
      const early = remote.follow(['front', 'back'], new Map(), async (batch) => void seen.push(...batch));
      await Promise.all(Array.from({ length: 100 }, (_, i) => tell(host, 'Ask', `k${i % 5}`, { id: `${i}` })));
      await until(() => seen.length === 300);
      await early.stop();
      const from = new Map(seen.map((commit) => [`${commit.topic}/${commit.partition}`, commit.cursor]));
      const later: Followed[] = [];
      const following = local.follow(['front', 'back'], from, async (batch) => void later.push(...batch));
      await Promise.all(Array.from({ length: 100 }, (_, i) => tell(host, 'Ask', `k${i % 5}`, { id: `more ${i}` })));
      await until(() => later.length === 300);
      await following.stop();
      for (const commits of [seen, [...seen, ...later]]) expectCausal(commits);
    });
  });
}

/** A log that keeps the errors that it is told of. */
function listening(): { errors: string[]; log: HostLog } {
  const errors: string[] = [];
  return { errors, log: { ...silentLog, error: (_message, fields) => errors.push((fields as { error: string }).error) } };
}

function expectCausal(commits: readonly Followed[]): void {
  const delivered = new Map<string, number>();
  for (const commit of commits) {
    const name = `${commit.topic}/${commit.partition}`;
    expect(commit.seq).toBe((delivered.get(name) ?? -1) + 1);
    delivered.set(name, commit.seq);
    if (commit.source) expect(delivered.get(`${commit.source.topic}/${commit.source.partition}`) ?? -1).toBeGreaterThanOrEqual(commit.source.seq);
  }
}
