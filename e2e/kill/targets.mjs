import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { processTable } from '../../apps/standalone/dist/supervise/orphans.js';
import { identify } from '../../libs/log/dist/embedded/index.js';

/** What is killed, in turn. */
export const KINDS = ['supervisor', 'services', 'agent', 'postmaster', 'PostgreSQL backend', 'user task'];

/** A process killed this long after a task's function returned may not have reported the result yet: outputs are uploaded first. */
const UPLOAD_MS = 2_000;
/** An agent whose supervisor is gone notices within 1 s, then ends its tasks, which have 1 s of grace, and gives up on what has not ended 1 s later: all that is lost by order. */
const CLOSING_MS = 3_000;
/** How long after the kill the results of its kind may still be lost: these take with them what is nowhere else. */
const LOST_FOR = new Map([['supervisor', CLOSING_MS], ['agent', 0], ['user task', 0]]);

/** When a success may have been lost by a kill, as `{from, to}`; none for what holds no results. */
export const lossOf = (kind, killedAt) => (LOST_FOR.has(kind) ? [{ from: killedAt - UPLOAD_MS, to: killedAt + LOST_FOR.get(kind) }] : []);

const jsonOf = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // not yet there
  }
};

/** The process of a kind that runs now, if there is one. */
export function targetOf(kind, { dataDir, journal, start, next }) {
  const child = (name) => jsonOf(join(dataDir, 'processes.json'))?.children?.[name];
  const postmaster = () => jsonOf(join(dataDir, 'postgres.json'));
  switch (kind) {
    case 'supervisor': return start.identity;
    case 'services': return child('services');
    case 'agent': return child('agent');
    case 'postmaster': return postmaster()?.pid && identify(postmaster().pid);
    case 'PostgreSQL backend': return oneOf(backendsOf(postmaster()?.pid), next);
    case 'user task': return oneOf(tasksOf(journal), next);
  }
}

const oneOf = (found, next) => found[Math.floor(next() * found.length)];

/** Processes that serve a client's connection. */
export function backendsOf(postmaster) {
  return processTable().filter(({ parent, pid }) => parent === postmaster && / 127\.0\.0\.1\(/.test(commandOf(pid)));
}

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Processes that are in the middle of a task now, by what the tasks wrote themselves. */
function tasksOf(journal) {
  if (!existsSync(journal)) return [];
  const busy = new Map();
  for (const line of readFileSync(journal, 'utf8').split('\n').filter(Boolean)) {
    const { attempt, what, pid } = JSON.parse(line);
    if (what === 'began') busy.set(attempt, pid);
    else busy.delete(attempt);
  }
  return [...busy.values()].flatMap((pid) => identify(pid) ?? []);
}
