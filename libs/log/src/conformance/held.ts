import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { realPorts, type Message, type Ports } from '@novacron/kernel';
import { AppendError, START, type AppendFault, type LogDriver, type Segment, type TopicPartition } from '../driver.ts';
import type { Host } from '../host/host.ts';
import type { Outcome } from '../host/input.ts';
import { decode, type Commit } from '../record.ts';
import { alone, count, hostOn, tell, until, type HostSpec } from './counting.ts';
import { bound } from './faults.ts';
import type { Installation, MakeInstallation } from './installation.ts';

const HOUR = 3_600_000;

/** An append that is on its way for as long as the test likes. */
interface Held {
  readonly segments: readonly Segment[];
  land(): void;
  fail(fault: AppendFault): void;
}

/** A log that is as slow as the test wants it: appends and reads wait while their list is there. */
class SlowLog {
  appends: Held[] | undefined;
  /** Topics whose reads wait, and who waits. */
  readonly unread = new Map<string, (() => void)[]>();
  /** By how many ms its clock, and that of who has its ports, are ahead. */
  ahead = 0;

  readonly wrap = (driver: LogDriver): LogDriver => ({
    ...bound(driver),
    append: (segments) => {
      if (!this.appends) return driver.append(segments);
      return new Promise((resolve, reject) => this.appends!.push({
        segments, land: () => void driver.append(segments).then(resolve, reject), fail: (fault) => reject(new AppendError(fault, 'the test says so')),
      }));
    },
    read: async (partition, after, limit) => {
      const waiting = this.unread.get(partition.topic);
      if (waiting) await new Promise<void>((resolve) => waiting.push(resolve));
      return driver.read(partition, after, limit);
    },
    now: async () => (await driver.now()) + this.ahead,
  });

  get ports(): Ports {
    const ports = realPorts();
    return { ...ports, clock: { ...ports.clock, now: () => ports.clock.now() + this.ahead } };
  }

  /** The held append number `n`, as soon as it is there. */
  async append(n: number): Promise<Held> {
    await until(() => (this.appends?.length ?? 0) > n);
    return this.appends![n]!;
  }

  readOn(topic: string): void {
    const waiting = this.unread.get(topic) ?? [];
    this.unread.delete(topic);
    waiting.forEach((go) => go());
  }
}

/** Time enough for whatever does not wait as it should. */
const chance = async () => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 1));
};

/** What must not be seen of a decision before it is in the log, and in which order things get there. */
export function waitsForTheLog(name: string, make: MakeInstallation): void {
  describe(`while the log is slow: ${name}`, () => {
    let installation: Installation;
    let slow: SlowLog;
    let joint: boolean;
    const running: Host[] = [];
    beforeEach(async () => {
      installation = await make();
      slow = new SlowLog();
      joint = installation.driver().joint;
    });
    afterEach(async () => {
      await Promise.all(running.splice(0).map((host) => host.stop()));
      await installation.close();
    });
    const start = async (spec: HostSpec = {}): Promise<Host> => {
      const host = hostOn(installation, { wrap: slow.wrap, ...spec });
      running.push(host);
      await host.start();
      return host;
    };
    const stop = (host: Host) => running.splice(running.indexOf(host), 1)[0]!.stop();
    const commitsOf = async (partition: TopicPartition): Promise<Commit[]> => {
      const rows = await installation.driver().read(partition, START, 64 << 20);
      return rows.flatMap((row) => row.records).map((text) => decode(text)!).filter((record) => record.kind === 'commit');
    };

    it('nobody is answered, told or served before the append has returned', async () => {
      const seen: string[] = [];
      const host = await start({ effects: { Deliver: (() => void seen.push('an effect was done')) as never } });
      host.onConfirmed(() => seen.push('a follower was told'));
      slow.appends = [];
      const answered = tell(host, 'Tell', 'k', { id: '1' }).then(() => seen.push('who asked was answered'));
      const append = await slow.append(0);
      await chance();
      expect(seen).toEqual([]);
      append.land();
      await answered;
      expect(seen).toEqual(expect.arrayContaining(['an effect was done', 'a follower was told', 'who asked was answered']));
    });

    it('a process that has stopped has nothing on its way to the log', async () => {
      const host = await start();
      slow.appends = [];
      let landed = 0;
      const asked = tell(host, 'Ask', 'k', { id: '1' });
      await slow.append(0);
      let stopped = false;
      const stopping = stop(host).then(() => void (stopped = true));
      while (!stopped) {
        for (; landed < slow.appends.length; landed++) slow.appends[landed]!.land();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await Promise.all([asked, stopping]);
      expect(landed).toBe(slow.appends.length);
    });

    it('what was refused is forgotten: the same command is news again', async () => {
      const host = await start();
      slow.appends = [];
      const answer = tell(host, 'Ask', 'k', { id: '1' });
      const refused = await slow.append(0);
      slow.appends = undefined;
      refused.fail({ kind: 'refused' });
      expect(((await answer) as Outcome).events).toEqual([{ type: 'Asked', key: 'k', id: '1' }]);
      expect((await commitsOf({ topic: 'front', partition: host.partitionOf('k') })).filter(({ events }) => events.some(({ type }) => type === 'Asked'))).toHaveLength(1);
    });

    it('an append is a prefix of what was decided: no answer lands before its question, however the bytes are cut', async () => {
      if (!joint) return;
      const host = await start();
      const own = { topic: 'front', partition: host.partitionOf('k') };
      slow.appends = [];
      const told = [tell(host, 'Ask', 'k', { id: 'first' })];
      await slow.append(0);
      // The third no longer fits into the segment of its partition; what was decided after it could.
      for (let i = 0; i < 3; i++) told.push(tell(host, 'Shout', 'k', { times: 250 * 1024 }));
      told.push(tell(host, 'Ask', 'k', { id: 'behind' }));
      await chance();
      for (let n = 0; n < slow.appends.length; n++) {
        slow.appends[n]!.land();
        await until(() => slow.appends!.length > n + 1 || host.backlog === 0);
        const questions = (await commitsOf(own)).length;
        for (const { input } of await commitsOf({ topic: 'back', partition: own.partition })) expect(input!.seq).toBeLessThan(questions);
      }
      await Promise.all(told);
    });

    it('a snapshot holds what is in the log, and the cursors of that', async () => {
      if (!joint) return;
      const host = await start();
      await tell(host, 'Ask', 'k', { id: '1' });
      await until(() => count(host, 'heard', 'k') === 1 && host.backlog === 0);
      const partition = host.partitionOf('k');
      const before = host.owned('back').get(partition)!.cursor(`front/${partition}`);
      slow.appends = [];
      const second = tell(host, 'Ask', 'k', { id: '2' }).catch(() => 'never was');
      const append = await slow.append(0);
      await until(() => host.owned('back').get(partition)!.cursor(`front/${partition}`)!.seq > before!.seq);
      for (const service of ['front', 'back']) await host.takeSnapshot(host.owned(service).get(partition)!);
      const stopping = stop(host);
      // A rival that sees nobody else: the old owner is still there.
      const successor = hostOn({ ...installation, membership: () => alone });
      running.push(successor);
      await successor.start();
      expect(successor.owned('back').get(partition)!.cursor(`front/${partition}`)).toEqual(before);
      expect(count(successor, 'asked', 'k')).toBe(1);
      slow.appends = undefined;
      append.land();
      expect(await second).toBe('never was');
      await stopping;
      await tell(successor, 'Ask', 'k', { id: '2' });
      await until(() => count(successor, 'heard', 'k') === 2);
    });

    it('after a claim no timer fires before what was said meanwhile is decided', async () => {
      const first = await start({ services: ['front'] });
      const partition = first.partitionOf('k');
      await tell(first, 'Ask', 'k', { id: '1' });
      await tell(first, 'Remind', 'k', { id: 'deadline', times: HOUR });
      await stop(first);
      const answering = await start({ services: ['back'] });
      await until(async () => (await commitsOf({ topic: 'back', partition })).length === 1);
      await stop(answering);
      slow.ahead = 2 * HOUR;
      slow.unread.set('back', []);
      const starting = start({ services: ['front'], ports: slow.ports });
      await until(() => slow.unread.get('back')!.length > 0);
      await chance();
      slow.readOn('back');
      const successor = await starting;
      // What is counted is decided; the log has it when nothing is on its way.
      await until(() => count(successor, 'heard', 'reminded deadline', 'k') === 1 && successor.backlog === 0);
      const said = (await commitsOf({ topic: 'front', partition })).flatMap(({ events }) => events.map((event: Message) => event.type));
      expect(said).toEqual(['Asked', 'Heard', 'Reminded']);
    });
  });
}
