import { addressesOf, HEARS } from '@novacron/contracts';
import { realPorts, type Message } from '@novacron/kernel';
import { Host, MemoryLog, silentLog, type LogDriver } from '@novacron/log';
import { definitions } from './definitions.ts';

export const actor = { key: 'k', name: 'ada' };
export const of = { workspace: 'shop', workflow: 'flow' };
const task = { name: 'a', needs: [], models: [], kind: 'function', uses: './tasks.mjs#a', params: {}, inputs: {} };
/** A workflow of one task. */
export const definition = { name: 'flow', params: {}, tasks: [task], triggers: [], concurrency: { limit: 1, onConflict: 'queue' }, pool: 'default', priority: 50, outputs: {} };

export interface HostWanted {
  readonly services: readonly string[];
  readonly joint: boolean;
  readonly partitions: number;
  readonly wrap?: (driver: LogDriver) => LogDriver;
}

/** These services over one log in memory, without their edges; not yet started. */
export function hostOf({ services, joint, partitions, wrap = (driver) => driver }: HostWanted): Host {
  const log = new MemoryLog();
  const ports = realPorts();
  const host = new Host({
    driver: wrap(log.driver({ joint, now: ports.clock.now })), snapshots: log.snapshotStore(), membership: log.membership(), ports, address: 'here', addressesOf: addressesOf as never, hears: HEARS, partitions, log: silentLog,
  });
  for (const each of definitions) if (services.includes(each.name)) host.add(each, { StartAttempt: () => undefined, StopAttempt: () => undefined });
  return host;
}

/** Resolves when all that follows from it is in the log. */
export async function tell(host: Host, service: string, key: string, message: object): Promise<void> {
  await host.submit(service, host.partitionOf(key), message as Message);
  while (host.backlog > 0) await new Promise((resolve) => setImmediate(resolve));
}
