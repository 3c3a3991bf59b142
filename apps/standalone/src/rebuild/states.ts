import type { Ports, ServiceDefinition } from '@novacron/kernel';
import { partitionNamed, rebuildPartition, type LogDriver } from '@novacron/log';
import type { LiveState, Secrets } from '@novacron/service';
import { definitions } from '../definitions.ts';
import { liveStates } from './live-states.ts';

export interface Verified {
  readonly lines: readonly string[];
  readonly faults: readonly string[];
}

/** Folds every partition of every service and compares with the hashes in the log, and with the live state where a process owns it. */
export async function verifyStates(driver: LogDriver, secrets: Secrets, ports: Ports): Promise<Verified> {
  const lines: string[] = [];
  const faults: string[] = [];
  let [commits, began] = [0, ports.clock.monotonic()];
  const live = await liveStates(driver, secrets);
  for (const definition of definitions) {
    const service = await verifyService(driver, definition, live.filter(({ topic }) => topic === definition.name));
    commits += service.commits;
    faults.push(...service.faults);
    lines.push(`${definition.name.padEnd(10)} ${service.faults.length ? 'DIFFERENT' : 'equal'}: ${service.commits} commits, checkpoints ${service.checkpoints}, live partitions ${service.compared}`);
  }
  const seconds = (ports.clock.monotonic() - began) / 1_000;
  lines.push(`states     ${commits} records in ${seconds.toFixed(2)} s, ${Math.round(commits / seconds)} records/s, effects run 0`);
  return { lines, faults };
}

async function verifyService(driver: LogDriver, definition: ServiceDefinition, live: readonly LiveState[]) {
  const faults: string[] = [];
  let [commits, checkpoints, compared] = [0, 0, 0];
  for (const name of (await driver.heads([definition.name])).keys()) {
    const { partition } = partitionNamed(name);
    const lived = live.find((state) => state.partition === partition);
    const rebuilt = await rebuildPartition({ driver, definition, partition, ...(lived && { until: lived.seq }) });
    commits += rebuilt.commits;
    checkpoints += rebuilt.checkpoints;
    if (rebuilt.fault) faults.push(rebuilt.fault);
    else if (lived) {
      compared++;
      if (lived.seq !== rebuilt.seq || lived.stateHash !== rebuilt.stateHash) faults.push(`${name}: the live state at commit ${lived.seq} has hash ${lived.stateHash}, the log folds to ${rebuilt.stateHash} at commit ${rebuilt.seq}`);
    }
  }
  return { commits, checkpoints, compared, faults };
}
