import { setTimeout as delay } from 'node:timers/promises';
import { family, pss } from '../family.mjs';

/** What the system uses while nothing happens: supervisor, services, agent and workers, without PostgreSQL. Linux only. */
export function idleWorkload({ seconds, targets }) {
  return {
    name: 'idle',
    prepare: () => {},
    async measure({ pid }) {
      if (process.platform !== 'linux') return [];
      const own = () => family(pid).filter(({ role }) => role !== 'PostgreSQL');
      await delay(2000); // what the last workload left is done with
      const before = total(own(), ({ cpu }) => cpu);
      await delay(1000 * seconds);
      const processes = own();
      return [
        { workload: 'idle CPU', unit: '% of a core', values: [(total(processes, ({ cpu }) => cpu) - before) / (10 * seconds)], target: targets?.[0] },
        { workload: 'idle memory', unit: 'MB PSS', values: [total(processes, pss)], target: targets?.[1] },
      ];
    },
  };
}

const total = (processes, of) => processes.reduce((sum, one) => sum + of(one), 0);
