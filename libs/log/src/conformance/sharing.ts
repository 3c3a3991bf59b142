import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LogDriver } from '../driver.ts';
import type { Host } from '../host/host.ts';
import { NotOwned } from '../host/input.ts';
import { contentOf, count, hostOn, until, type HostSpec } from './counting.ts';
import type { Installation, MakeInstallation } from './installation.ts';

const PARTITIONS = 8;
const KEYS = Array.from({ length: 24 }, (_, i) => `k${i}`);

/** A process of the test that can be killed: from then on the log never answers it. */
interface Process {
  readonly address: string;
  readonly host: Host;
  readonly dead: AbortController;
  /** False, once it is dead. */
  readonly died: Promise<false>;
}

/** Several processes over one log: who owns what, and that nothing is lost or counted twice while that changes. `changes`: joins, leaves and kills of the storm. */
export function sharesPartitions(name: string, make: MakeInstallation, changes: number): void {
  describe(`partitions shared by processes: ${name}`, () => {
    let installation: Installation;
    let processes: Process[];
    let made = 0;
    beforeEach(async () => {
      installation = await make(PARTITIONS);
      processes = [];
    });
    afterEach(async () => {
      await Promise.all(processes.map(({ host }) => host.stop()));
      await installation.close();
    });

    const launch = (spec: HostSpec = {}): Process => {
      const address = `p${++made}`;
      const dead = new AbortController();
      const died = new Promise<false>((resolve) => dead.signal.addEventListener('abort', () => resolve(false)));
      const process = { address, dead, died, host: hostOn(installation, { ...spec, address, partitions: PARTITIONS, wrap: (driver) => mortal(driver, dead.signal) }) };
      processes.push(process);
      return process;
    };
    const start = async (spec: HostSpec = {}) => {
      const process = launch(spec);
      await process.host.start();
      return process;
    };
    const leave = async (process: Process) => {
      processes.splice(processes.indexOf(process), 1);
      await process.host.stop();
    };
    const kill = async (process: Process) => {
      processes.splice(processes.indexOf(process), 1);
      process.dead.abort();
      await installation.kill(process.address);
    };
    const ownersOf = (service: string) => Array.from({ length: PARTITIONS }, (_, partition) => processes.filter(({ host }) => host.owned(service).get(partition)?.open).map(({ address }) => address));
    const settled = (service = 'front') => until(() => ownersOf(service).every((owners) => owners.length === 1));
    /** As clients do: to whoever owns it, again until it is answered. */
    const ask = async (key: string, id: string): Promise<void> => {
      for (let tries = 0; ; tries++) {
        const { host, died } = processes.find((each) => each.host.owned('front').has(each.host.partitionOf(key))) ?? processes[tries % processes.length]!;
        const answer = await Promise.race([
          host.submit('front', host.partitionOf(key), { type: 'Ask', key, id }).then(() => true, (error: unknown) => (error instanceof NotOwned ? false : Promise.reject(error as Error))),
          died,
        ]);
        if (answer) return;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    };
    const heard = (key: string) => Math.max(0, ...processes.map(({ host }) => count(host, 'heard', key)));
    const total = () => KEYS.reduce((sum, key) => sum + heard(key), 0);

    it('gives everything to one process alone', async () => {
      const { host } = await start();
      expect([host.owned('front').size, host.owned('back').size]).toEqual([PARTITIONS, PARTITIONS]);
    });
    it('spreads every service over three, equal numbers together', async () => {
      await Promise.all([start(), start(), start()]);
      await until(() => processes.every(({ host }) => host.owned('front').size >= 2 && host.owned('front').size <= 3));
      await Promise.all([settled('front'), settled('back')]);
      expect(ownersOf('back')).toEqual(ownersOf('front'));
    });
    it('a process that takes part later is ready when it owns its share', async () => {
      await start();
      const late = await start();
      expect(late.host.owned('front').size).toBe(PARTITIONS / 2);
    });
    it('hands over gracefully: no append of the old owner fails, and it keeps what is not moved', async () => {
      const first = await start();
      const asking = Promise.all(Array.from({ length: 400 }, (_, i) => ask(KEYS[i % KEYS.length]!, `${i}`)));
      const second = await start();
      await asking;
      await until(() => total() === 400);
      expect([first.host.counters.failedAppends, first.host.counters.lost, first.host.counters.released]).toEqual([{}, 0, PARTITIONS]);
      expect([second.host.counters.failedAppends, second.host.counters.lost]).toEqual([{}, 0]);
    });
    it('gives what a leaving process held to the others', async () => {
      const [first] = [await start(), await start(), await start()];
      await leave(first);
      await Promise.all([settled('front'), settled('back')]);
      await ask('k', '1');
      await until(() => heard('k') === 1);
    });
    it('takes over from a killed process', async () => {
      const [, second] = [await start(), await start()];
      await kill(second);
      await Promise.all([settled('front'), settled('back')]);
      await ask('k', '1');
      await until(() => heard('k') === 1);
    }, 15_000);
    it('L1: takes over from a paused process, which does nothing more when it goes on', async () => {
      const [first, second] = [await start(), await start()];
      await Promise.all(KEYS.map((key, i) => ask(key, `before ${i}`)));
      await until(() => total() === KEYS.length);
      await installation.pause(second.address, true);
      await until(() => second.host.counters.lost === PARTITIONS);
      await Promise.all(KEYS.map((key, i) => ask(key, `while ${i}`)));
      await installation.pause(second.address, false);
      await until(() => second.host.owned('front').size === PARTITIONS / 2 && first.host.owned('front').size === PARTITIONS / 2);
      await until(() => total() === 2 * KEYS.length);
    }, 20_000);
    it('reads the rest of what another said of a partition before it decides for it itself', async () => {
      const [asker, answerer] = [await start({ services: ['front'] }), await start({ services: ['back'] })];
      await Promise.all(Array.from({ length: 300 }, (_, i) => ask(KEYS[i % KEYS.length]!, `${i}`)));
      const both = await start();
      const asking = Promise.all(Array.from({ length: 300 }, (_, i) => ask(KEYS[i % KEYS.length]!, `more ${i}`)));
      await Promise.all([leave(asker), leave(answerer)]);
      await asking;
      await until(() => total() === 600 && both.host.owned('front').size === PARTITIONS);
    }, 15_000);

    it(`L2: ${changes} joins, leaves and kills under load: nothing is lost and nothing is applied twice`, async () => {
      await Promise.all([start(), start(), start()]);
      let [asked, storming] = [0, true];
      const clients = Array.from({ length: 6 }, async () => {
        while (storming) {
          const n = asked++;
          await ask(KEYS[n % KEYS.length]!, `${n}`);
          await new Promise((resolve) => setTimeout(resolve));
        }
      });
      for (let n = 0; n < changes; n++) {
        const some = processes[n % processes.length]!;
        if (processes.length < 3 || (processes.length < 6 && n % 2 === 0)) launch().host.start().catch(() => {}); // killed or stopped while it started
        else if (n % 5 === 1) await kill(some);
        else await leave(some);
        const before = asked;
        await until(() => asked > before);
      }
      storming = false;
      await Promise.all(clients);
      await until(() => total() >= asked);
      await Promise.all([settled('front'), settled('back'), until(() => processes.every(({ host }) => host.backlog === 0))]);
      expect(total()).toBe(asked);
      const before = processes.map(({ host }) => contentOf(host)).join('\n').split('\n').filter(Boolean).sort();
      await Promise.all([...processes].map(leave));
      expect(contentOf((await start()).host).split('\n')).toEqual(before);
    }, 120_000);
  });
}

function mortal(driver: LogDriver, dead: AbortSignal): LogDriver {
  const living = <T>(answer: () => Promise<T>): Promise<T> => (dead.aborted ? new Promise<T>(() => {}) : answer());
  return {
    joint: driver.joint, claim: (r) => living(() => driver.claim(r)), append: (s) => living(() => driver.append(s)), read: (p, a, l) => living(() => driver.read(p, a, l)),
    heads: (t) => living(() => driver.heads(t)), onAppend: (l) => driver.onAppend(l), now: () => living(() => driver.now()), close: () => driver.close(),
  };
}
