import { delay, encodePosition, type Ports } from '@novacron/kernel';
import { nameOf, openAnswer, positionsOf, postgresSnapshots, statesAt, systemHash, type At, type LogDriver, type PartitionState } from '@novacron/log';
import type { Secrets } from '@novacron/service';
import pg from 'pg';
import { definitions } from '../definitions.ts';
import { liveStates } from './live-states.ts';

/** Hash of the whole system at a cut, and the cut. */
export interface SystemHash {
  /** The cut's positions: as `--at` they name it again. */
  readonly at: string;
  readonly hash: string;
  readonly partitions: number;
  /** Log time of the newest commit in it, ms; absent for an empty log. */
  readonly time?: number;
  /** Where it was folded from the log: how many commits, behind how many snapshots. */
  readonly folded?: number;
  readonly snapshots?: number;
}

/** How long processes that live apart may take to stand at one cut. */
const PATIENCE_MS = 30_000;

/** Asks the living services; those of one process always stand at one cut, those of several are asked until they do. */
export async function liveHash(driver: LogDriver, secrets: Secrets, ports: Ports): Promise<SystemHash> {
  let why = 'no service runs';
  for (const end = ports.clock.monotonic() + PATIENCE_MS; ports.clock.monotonic() < end; await delay(ports.timers, 20)) {
    const states = await liveStates(driver, secrets);
    const known = new Set(states.map(nameOf));
    const missing = [...(await driver.heads(definitions.map(({ name }) => name))).keys()].find((name) => !known.has(name));
    if (states.length === 0) break;
    why = missing === undefined ? (openAnswer(states) ?? '') : `no process owns ${missing}`;
    if (why === '') return hashOf(states);
  }
  throw new Error(`the living states have no hash of one cut: ${why}; try again when all services run and less happens, or give --at`);
}

/** Folds the moment from the log, from the nearest snapshots. */
export async function pastHash(driver: LogDriver, url: string, at: At): Promise<SystemHash> {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on('error', () => {});
  try {
    const { states, folded, snapshots } = await statesAt({ driver, definitions, snapshots: postgresSnapshots(pool) }, at);
    return { ...hashOf(states), folded, snapshots };
  } finally {
    await pool.end();
  }
}

function hashOf(states: readonly PartitionState[]): SystemHash {
  const held = states.filter(({ seq }) => seq >= 0);
  const at = positionsOf(new Map(held.map((state) => [nameOf(state), state.seq]))).map(encodePosition).join(',');
  return { at, hash: systemHash(held), partitions: held.length, ...(held.length > 0 && { time: Math.max(...held.map(({ time }) => time)) }) };
}
