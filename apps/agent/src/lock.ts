import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isRunning, type ProcessIdentity } from './process-tree.ts';

/** Another agent runs for this node directory. */
export class AlreadyRunning extends Error {}

/** Makes this process the one agent of the node directory; returns what gives the lock back. */
export function lock(dir: string): () => void {
  const path = join(dir, 'agent.lock');
  const content = JSON.stringify(identify(process.pid));
  for (;;) {
    try {
      writeFileSync(path, content, { flag: 'wx', mode: 0o600 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = read(path);
    if (holder && isRunning(holder)) {
      throw new AlreadyRunning(`Another agent (pid ${holder.pid}) runs for ${dir}. Stop it, or give this one another NOVACRON_NODE_DIR.`);
    }
    dropStale(path, holder);
  }
}

/** Two starts may see the same dead holder; only a file that still names it is taken away. */
function dropStale(path: string, holder: ProcessIdentity | undefined): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const found = read(aside);
  if (found?.pid === holder?.pid && found?.startedAt === holder?.startedAt) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

function read(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
