import { readFileSync, readdirSync } from 'node:fs';

const MS_PER_TICK = 10;
const roles = [[/postgres/, 'PostgreSQL'], [/services\.js/, 'services'], [/worker-main\.js/, 'workers'], [/agent\/dist/, 'agent'], [/supervise\/main\.js/, 'supervisor']];

/** The processes of a system on Linux, by what they do: `{pid, role, cpu}` with CPU time in ms; nothing elsewhere. */
export function family(pid) {
  if (process.platform !== 'linux') return [];
  const table = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [, parent, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return [{ pid: Number(name), parent: Number(parent), cpu: (Number(fields[9]) + Number(fields[10])) * MS_PER_TICK }];
    } catch {
      return []; // ended meanwhile
    }
  });
  const found = table.filter((one) => one.pid === pid);
  for (const one of found) found.push(...table.filter(({ parent }) => parent === one.pid));
  return found.flatMap(({ pid, cpu }) => {
    const role = roleOf(pid);
    return role === undefined ? [] : [{ pid, role, cpu }];
  });
}

/** CPU time in ms by role. */
export function cpuByRole(processes) {
  const total = {};
  for (const { role, cpu } of processes) total[role] = (total[role] ?? 0) + cpu;
  return total;
}

/** Proportional set size in MiB. */
export function pss({ pid }) {
  try {
    return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) / 1024;
  } catch {
    return 0; // ended meanwhile
  }
}

function roleOf(pid) {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return roles.find(([pattern]) => pattern.test(command))?.[1] ?? 'user code';
  } catch {
    return undefined; // ended meanwhile
  }
}
