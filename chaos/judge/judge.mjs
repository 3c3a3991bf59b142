import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { silence, WORKSPACES } from '../load/workflows.mjs';
import { count } from './counts.mjs';
import { readJournal } from './journal.mjs';
import { readLog } from './log.mjs';
import { openingsOf } from './openings.mjs';
import { orphansOf } from './orphans.mjs';
import { byOutage, returnsOf } from './outages.mjs';
import { recoveries, takeOvers, withinReply } from './recovery.mjs';
import { derived, OUTAGE_P99, TAKE_OVER_P99 } from './verdict.mjs';

const REBUILD = fileURLToPath(new URL('../../apps/standalone/dist/rebuild.js', import.meta.url));
/** When faults stop, everything ends within this. */
const DRAIN_MS = 120_000;
const ORPHANS_AFTER_MS = 10_000;

/** Waits until everything is terminal, rebuilds, and counts. The system goes on running meanwhile. */
export async function judge(stage, load) {
  const last = stage.faults.at(-1)?.at ?? 0;
  const unended = await load.drain(DRAIN_MS);
  await settle(stage);
  await sleep(Math.max(0, last + ORPHANS_AFTER_MS - Date.now()));
  const agents = new Set(stage.nodes.map((node) => stage.system.child(`agent ${node}`).pid));
  const orphans = [...stage.orphans, ...orphansOf(stage.dataDir, agents).map(({ pid, command }) => `process ${pid} is left: ${command}`)];
  await stage.metrics.look();
  const rebuild = await verify(stage);
  const log = await readLog(stage.system, stage.since);
  const journal = readJournal(stage.journal).filter(({ at }) => at >= stage.since);
  const { takeOver, outage } = byOutage(takeOvers({ faults: stage.faults, log, openings: openingsOf(stage.system) }), returnsOf(stage.system.postgresOptions.dataDir));
  const samples = { recovery: recoveries({ faults: stage.faults, log, journal }), takeOver: takeOver.map(({ ms }) => ms), outage: outage.map(({ ms }) => ms) };
  const { values, details } = count({ load, log, journal, deliveries: stage.receiver.got.splice(0) });
  writeFileSync(join(stage.dataDir, 'faults.json'), JSON.stringify(stage.faults, null, 1));
  const serverErrors = stage.client.serverErrors.splice(0);
  const all = {
    ...values, orphans: orphans.length, 'answers of 500': serverErrors.length, 'requests refused': load.faults.length, 'differences of the rebuild': rebuild.length, ...stage.metrics.taken(),
    commits: log.commits, faults: stage.faults.length, 'faults that hit work in flight': stage.faults.filter(({ inFlight }) => inFlight > 0).length,
    ...(stage.daemons > 0 && { 'tasks with daemons': stage.daemons }),
    ...(stage.replies && { 'killed between produce and read-back': withinReply({ faults: stage.faults, log }, stage.replies.delayMs) }),
  };
  return {
    values: { ...all, ...derived({ ...samples, values: all }) }, samples,
    details: [...unended.map(({ run, kind }) => `run ${run} of ${kind} did not end within ${DRAIN_MS / 1000} s after the last fault`), ...details, ...load.faults, ...serverErrors, ...rebuild, ...orphans, ...[...takeOver.filter(({ ms }) => ms > TAKE_OVER_P99), ...outage.filter(({ ms }) => ms > OUTAGE_P99)].map(({ target, service, at, ms }) => `${service} was ${ms === Infinity ? 'never taken over' : `taken over ${ms} ms`} after ${target} was killed at ${new Date(at).toISOString()}`)],
  };
}

/** What starts by itself is stopped, and what it had started ends; messages about it arrive. */
async function settle({ client, journal, receiver, ends }) {
  await silence(client, journal);
  ends.giveUpAfter(DRAIN_MS);
  for (const workspace of WORKSPACES) {
    const open = await client.items(`/${workspace}/runs?status=running&limit=1000`);
    await Promise.all(open.map(({ id }) => ends.of(workspace, id)));
  }
  for (let before = -1; before !== receiver.got.length; await sleep(2_000)) before = receiver.got.length;
}

async function verify({ system, dataDir }) {
  const child = spawn(process.execPath, [REBUILD, '--verify', '--data', dataDir], { env: { ...process.env, ...system.env, DATABASE_URL: system.databaseUrl }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  const [code] = await once(child, 'close');
  if (code === 0) return [];
  const faults = said.split('\n').filter((line) => line.startsWith('DIFFERENT') || line.startsWith('novacron:'));
  return faults.length > 0 ? faults : [`rebuild --verify ended with ${code}: ${said.slice(-300)}`];
}
