import { fstatSync } from 'node:fs';
import type { Timers } from '@novacron/kernel';
import { isRunning, type ProcessIdentity } from './process-tree.ts';

const LOOK_MS = 1_000;

/** Calls back once when who started this agent is gone: its process, the IPC channel, or (where a supervisor is named) the pipe at stdin. */
export function watchSupervisor(timers: Timers, supervisor: ProcessIdentity | undefined, gone: () => void): void {
  process.on('disconnect', gone);
  if (!supervisor) return;
  const stdin = fstatSync(0, { throwIfNoEntry: false } as never);
  if (stdin?.isFIFO() || stdin?.isSocket()) process.stdin.on('error', gone).on('close', gone).resume();
  const look = () => {
    if (isRunning(supervisor)) timers.after(LOOK_MS, look);
    else gone();
  };
  look();
}
