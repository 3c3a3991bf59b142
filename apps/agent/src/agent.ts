import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import type { Ports } from '@novacron/kernel';
import { Attempts } from './attempts/attempts.ts';
import { FunctionBackend } from './attempts/function-backend.ts';
import { Leftovers } from './attempts/leftovers.ts';
import { ProcessBackend } from './attempts/process-backend.ts';
import type { Config } from './config.ts';
import { Connections } from './connection/connections.ts';
import { servicesOf } from './connection/gateway.ts';
import { dial } from './connection/socket.ts';
import { nodeMark } from './environment.ts';
import { NodeFiles } from './files/attempt-files.ts';
import { GpuFence } from './gpus.ts';
import { journalFile } from './journal-file.ts';
import { Journal } from './journal.ts';
import { endTree } from './process-tree.ts';
import { WorkerPool } from './worker/pool.ts';

/** User code has this long after TERM when the agent itself must end. */
const STOP_GRACE_MS = 1_000;

export interface Agent {
  /** Ends every attempt and worker; resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/** Starts the agent of a locked node directory. Nothing is answered before what a killed predecessor left is gone. */
export async function startAgent(ports: Ports, config: Config, say: (text: string) => void): Promise<Agent> {
  const journal = new Journal(journalFile(join(config.dir, 'journal.jsonl')));
  const stale = await endTree(ports, { roots: journal.processes(), mark: nodeMark(config.dir) }, 0);
  if (stale > 0) say(`${stale} processes of the agent before this one cannot be killed`);
  for (const { pid } of journal.processes()) journal.processGone(pid);

  const files = new NodeFiles(ports, config.dir);
  await files.clear();
  const cwd = join(config.dir, 'empty');
  mkdirSync(cwd, { recursive: true });
  const pool = new WorkerPool({
    ports, journal, cwd, dir: config.dir, cpu: config.capacity.cpu, memory: config.capacity.memory,
    file: fileURLToPath(new URL('./worker/worker-main.js', import.meta.url)),
  });
  const attempts = new Attempts({
    ports, journal, gpus: new GpuFence(), filesOf: (order, url) => files.of(order, url),
    backends: {
      function: new FunctionBackend(pool),
      process: new ProcessBackend({ ports, journal, dir: config.dir, leftovers: new Leftovers(ports.timers) }),
    },
  });
  attempts.recover('the agent ended while the attempt ran');
  const connections = new Connections({
    ports, attempts, say, dial, services: (token) => servicesOf(config.url, token), token: () => readFileSync(config.tokenFile, 'utf8').trim(),
    node: { node: config.node, pool: config.pool, capacity: config.capacity, boot: ports.random.uuid() },
  });
  return {
    stop: async () => {
      await attempts.close(STOP_GRACE_MS);
      await pool.close();
      await endTree(ports, { roots: [], mark: nodeMark(config.dir) }, 0);
      connections.close();
      journal.close();
    },
  };
}
