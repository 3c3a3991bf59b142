import { readFileSync } from 'node:fs';
import { backendsOf } from '../e2e/kill/targets.mjs';
import { onLog } from '../e2e/log.mjs';
import { identify, isRunning } from '../libs/log/dist/embedded/index.js';
import { SERVICES } from '../e2e/system.mjs';

const oneOf = (next, found) => found[Math.floor(next() * found.length)];

/** Addresses that own partitions of each service now, by the claims in the log. */
export async function ownersOf(system) {
  const owners = new Map(SERVICES.map((service) => [service, new Set()]));
  for (const [name, { address }] of await onLog(system, (driver) => driver.heads(SERVICES))) owners.get(name.split('/')[0]).add(address);
  return owners;
}

const runs = (stage, name) => !stage.away.has(name) && isRunning(stage.system.child(name)?.identity ?? { pid: 0, startedAt: '' });

/** Instances that own something and whose other half is there to take over: to hit both at once is another fault. */
async function ownersWithStandby(stage) {
  const { system } = stage;
  const owners = await ownersOf(system).catch(() => new Map());
  const { instances } = system;
  const up = instances.filter(({ name }) => runs(stage, name));
  return up.filter(({ name, services }) => services.some((service) => owners.get(service)?.has(system.urlOf(name)))
    && services.every((service) => up.some((other) => other.name !== name && other.services.includes(service))));
}

/** An instance of a service that owns; `undefined` where none can be spared. */
export async function serviceTarget(stage) {
  const found = oneOf(stage.next, await ownersWithStandby(stage));
  return found && { kind: 'service', target: found.name, services: found.services, address: stage.system.urlOf(found.name), identity: stage.system.child(found.name).identity };
}

/** An agent; `undefined` where no other one would be left for its tasks to go to. */
export function agentTarget(stage) {
  const up = stage.nodes.filter((name) => runs(stage, `agent ${name}`));
  const node = up.length > 1 && oneOf(stage.next, up);
  return node && { kind: 'agent', target: `agent ${node}`, node, identity: stage.system.child(`agent ${node}`).identity };
}

/** A process in the middle of a task, by what the tasks wrote themselves. */
export function taskTarget(stage) {
  const busy = new Map();
  for (const line of readFileSync(stage.journal, 'utf8').split('\n').slice(-400).filter((text) => text.startsWith('{') && text.endsWith('}'))) {
    const { attempt, what, pid } = JSON.parse(line);
    if (what === 'began') busy.set(attempt, pid);
    else busy.delete(attempt);
  }
  const [attempt, pid] = oneOf(stage.next, [...busy]) ?? [];
  const identity = pid && identify(pid);
  return identity ? { kind: 'user task', target: `pid ${pid}`, attempt, identity } : undefined;
}

export function backendTarget(stage) {
  const identity = oneOf(stage.next, backendsOf(stage.system.postgresPid));
  return identity && { kind: 'PostgreSQL backend', target: `pid ${identity.pid}`, identity };
}
