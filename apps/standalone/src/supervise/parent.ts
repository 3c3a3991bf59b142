import { isRunning, stopPostgresOf, type ProcessIdentity } from '@novacron/log/embedded';
import { holderOf } from './directory-lock.ts';

type Env = Readonly<Record<string, string | undefined>>;

function supervisorOf(env: Env): ProcessIdentity | null {
  const [, pid, startedAt] = /^(\d+):(.+)$/.exec(env['NOVACRON_SUPERVISOR'] ?? '') ?? [];
  return startedAt === undefined ? null : { pid: Number(pid), startedAt };
}

/** Calls `onGone` once when the supervisor named in NOVACRON_SUPERVISOR (`<pid>:<start time>`) is gone, within a second; does nothing without one. */
export function watchParent(env: Env, onGone: () => void): void {
  const supervisor = supervisorOf(env);
  if (supervisor === null) return;
  let isTold = false;
  const tell = (): void => {
    if (isTold) return;
    isTold = true;
    clearInterval(poll);
    onGone();
  };
  // The channel closes at once when the supervisor dies; looking serves those started without a channel.
  const poll = setInterval(() => isRunning(supervisor) || tell(), 1000).unref();
  if (process.connected) process.once('disconnect', tell);
}

/** Stops the embedded PostgreSQL that a killed supervisor left, unless another one already took the data directory over. */
export async function stopOrphanedPostgres(env: Env): Promise<void> {
  const dataDir = env['NOVACRON_DATA'];
  const supervisor = supervisorOf(env);
  if (dataDir === undefined || supervisor === null) return;
  const holder = holderOf(dataDir);
  // The channel of a dying process closes a moment before its pid is gone, so the dead one may still look alive.
  if (holder !== null && holder.pid !== supervisor.pid) return;
  await stopPostgresOf(dataDir);
}
