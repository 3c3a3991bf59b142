import { readdirSync, readFileSync } from 'node:fs';

/** Processes that run now, zombies left out: `{pid, parent, command, environment}`. */
export function processes() {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z' || state === 'X') return [];
      return [{ pid: Number(pid), parent: Number(parent), command: readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' '), environment: readFileSync(`/proc/${pid}/environ`, 'latin1') }];
    } catch {
      return []; // it ended meanwhile
    }
  });
}

/** What still runs of this installation's user code when no attempt does: all but the idle workers of agents that live. */
export function orphansOf(dataDir, agents) {
  return processes().filter(({ parent, command, environment }) => environment.includes(`NOVACRON_NODE_MARK=${dataDir}`) && !(command.includes('worker-main') && agents.has(parent)));
}
