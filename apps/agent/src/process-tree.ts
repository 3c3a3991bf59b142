import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { delay, type Ports } from '@novacron/kernel';

/** A process that cannot be confused with a later one of the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque: clock ticks since boot on Linux (proc(5), stat field 22), the start date elsewhere. */
  readonly startedAt: string;
}

/** Everything that one attempt or worker started: its session or group, its descendants, and whoever inherited its mark. */
export interface Tree {
  readonly roots: readonly ProcessIdentity[];
  /** `NAME=value` in the environment, which a child that forked twice and left the session still has (Linux only). */
  readonly mark?: string;
}

interface Row extends ProcessIdentity {
  readonly parent: number;
  readonly group: number;
  readonly session: number;
}

const LINUX = process.platform === 'linux';

/** When the process of this pid started, or undefined when none runs (a zombie does not run). */
export function startTimeOf(pid: number): string | undefined {
  return (LINUX ? rowOf(pid) : rowsByPs(pid)[0])?.startedAt;
}

export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = startTimeOf(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export const isRunning = (process: ProcessIdentity): boolean => startTimeOf(process.pid) === process.startedAt;

/** The tree's processes that run now. */
export function membersOf(tree: Tree): ProcessIdentity[] {
  const rows = LINUX ? allRows() : rowsByPs();
  const byPid = new Map(rows.map((row) => [row.pid, row]));
  // A pid that another process has by now is not our root, and neither is the session of that name.
  const roots = new Set(tree.roots.filter((r) => (byPid.get(r.pid)?.startedAt ?? r.startedAt) === r.startedAt).map((r) => r.pid));
  const mark = tree.mark === undefined || !LINUX ? undefined : `\0${Buffer.from(tree.mark).toString('latin1')}\0`;
  const members = new Set<number>();
  for (const row of rows) {
    if (row.pid === process.pid) continue;
    if (roots.has(row.pid) || roots.has(row.group) || roots.has(row.session) || (mark && `\0${environmentOf(row.pid)}`.includes(mark))) members.add(row.pid);
  }
  if (members.size > 0) addDescendants(rows, members);
  return [...members].map((pid) => byPid.get(pid)!);
}

/** Sends a signal to every process of the tree; returns how many there were. */
export function signalTree(tree: Tree, signal: NodeJS.Signals): number {
  const members = membersOf(tree);
  for (const { pid } of members) sendSignal(pid, signal);
  return members.length;
}

/** Kills every process whose environment has `name` with one of these values (Linux only); returns how many. */
export function killMarked(name: string, values: ReadonlySet<string>): number {
  if (!LINUX) return 0;
  let killed = 0;
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    const value = pid > 0 && pid !== process.pid ? valueOf(environmentOf(pid), name) : undefined;
    if (value !== undefined && values.has(value) && sendSignal(pid, 'SIGKILL')) killed++;
  }
  return killed;
}

/** Ends the tree: TERM, after `grace` ms KILL; resolves when no process of it runs (or, after 5 s more, with what cannot be killed). */
export async function endTree(ports: Ports, tree: Tree, grace: number): Promise<number> {
  const killAt = ports.clock.monotonic() + grace;
  if (grace > 0 && signalTree(tree, 'SIGTERM') === 0) return 0;
  for (let pause = 5; ; pause = Math.min(pause * 2, 100)) {
    const late = ports.clock.monotonic() - killAt;
    // Killed again on every look: a tree that forks while it is being killed has new members.
    const left = late >= 0 ? signalTree(tree, 'SIGKILL') : membersOf(tree).length;
    if (left === 0 || late > 5_000) return left;
    await delay(ports.timers, late < 0 ? Math.min(pause, -late) : pause);
  }
}

/** Whether a process group has members; one system call. */
export function groupRuns(group: number): boolean {
  return sendSignal(-group, 0);
}

export function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function addDescendants(rows: readonly Row[], members: Set<number>): void {
  for (let before = -1; before !== members.size; ) {
    before = members.size;
    for (const row of rows) if (members.has(row.parent)) members.add(row.pid);
  }
}

function valueOf(environment: string | undefined, name: string): string | undefined {
  const at = `\0${environment ?? ''}`.indexOf(`\0${name}=`);
  return at < 0 ? undefined : environment!.slice(at + name.length + 1).split('\0', 1)[0];
}

/** Unreadable for processes of other users, and for those that just ended. */
function environmentOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return undefined;
  }
}

function allRows(): Row[] {
  const rows: Row[] = [];
  for (const name of readdirSync('/proc')) {
    const row = name.charCodeAt(0) <= 57 ? rowOf(Number(name)) : undefined;
    if (row) rows.push(row);
  }
  return rows;
}

function rowOf(pid: number): Row | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before it may hold spaces
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return { pid, parent: Number(fields[1]), group: Number(fields[2]), session: Number(fields[3]), startedAt: fields[19]! };
  } catch {
    return undefined;
  }
}

function rowsByPs(pid?: number): Row[] {
  const which = pid === undefined ? ['-ax'] : ['-p', String(pid)];
  const { stdout } = spawnSync('ps', [...which, '-o', 'pid=,ppid=,pgid=,stat=,lstart='], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  return (stdout ?? '').split('\n').flatMap((line) => {
    const [, id, parent, group, state, startedAt] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line) ?? [];
    if (startedAt === undefined || state!.startsWith('Z')) return [];
    return [{ pid: Number(id), parent: Number(parent), group: Number(group), session: Number(group), startedAt }];
  });
}
