import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning, signal, type ProcessIdentity } from '@novacron/log/embedded';

interface TableRow extends ProcessIdentity {
  readonly parent: number;
  readonly group: number;
}

/** All processes of the machine, from proc(5) on Linux and ps elsewhere. */
export function processTable(): TableRow[] {
  if (process.platform !== 'linux') return tableByPs();
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return [{ pid: Number(name), parent: Number(fields[1]), group: Number(fields[2]), startedAt: String(fields[19]) }];
    } catch {
      return []; // ended meanwhile
    }
  });
}

function tableByPs(): TableRow[] {
  const { stdout } = spawnSync('ps', ['-axo', 'pid=,ppid=,pgid=,lstart='], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, group, startedAt] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.+?)\s*$/.exec(line) ?? [];
    return startedAt === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), group: Number(group), startedAt }];
  });
}

/** A running process with its descendants and the members of its group, itself first; empty when it is gone. */
export function treeOf(root: ProcessIdentity, table: readonly TableRow[] = processTable()): ProcessIdentity[] {
  if (!table.some(({ pid, startedAt }) => pid === root.pid && startedAt === root.startedAt)) return [];
  const tree = new Map<number, ProcessIdentity>([[root.pid, root]]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const { pid, parent, group, startedAt } of table) {
      if (tree.has(pid) || !(tree.has(parent) || group === root.pid)) continue;
      tree.set(pid, { pid, startedAt });
      grew = true;
    }
  }
  return [...tree.values()];
}

/** Asks a process to stop, and after `graceMs` kills it with everything it started. */
export async function endTree(root: ProcessIdentity, graceMs: number): Promise<void> {
  const tree = treeOf(root);
  signal(root, 'SIGTERM');
  for (let waited = 0; waited < graceMs && isRunning(root); waited += 10) await delay(10);
  if (!isRunning(root)) return;
  for (const member of new Map([...tree, ...treeOf(root)].map((found) => [found.pid, found])).values()) signal(member, 'SIGKILL');
  while (isRunning(root)) await delay(5);
}
