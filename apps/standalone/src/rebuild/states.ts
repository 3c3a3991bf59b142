import type { Ports, ServiceDefinition } from '@novacron/kernel';
import { rebuildPartition, type LogDriver } from '@novacron/log';
import { stateCredential, type LiveState, type Secrets } from '@novacron/service';
import { definitions } from '../definitions.ts';

export interface Verified {
  readonly lines: readonly string[];
  readonly faults: readonly string[];
}

/** Folds every partition of every service and compares with the hashes in the log, and with the live state where a process owns it. */
export async function verifyStates(driver: LogDriver, secrets: Secrets, ports: Ports): Promise<Verified> {
  const lines: string[] = [];
  const faults: string[] = [];
  let [commits, began] = [0, ports.clock.monotonic()];
  for (const definition of definitions) {
    const live = await liveStates(driver, definition.name, secrets);
    const service = await verifyService(driver, definition, live);
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
    const partition = Number(name.split('/')[1]);
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

/** States of the processes that own the service now; none where nobody runs. */
async function liveStates(driver: LogDriver, topic: string, secrets: Secrets): Promise<LiveState[]> {
  const addresses = new Set([...(await driver.heads([topic])).values()].map(({ address }) => address));
  const answers = await Promise.all([...addresses].map(async (address) => {
    try {
      const answer = await fetch(`${address}/internal/state`, { headers: { authorization: `Bearer ${stateCredential(secrets.credentialKey)}` } });
      return answer.ok ? ((await answer.json()) as { states: LiveState[] }).states : [];
    } catch {
      return [];
    }
  }));
  return answers.flat().filter((state) => state.topic === topic);
}
