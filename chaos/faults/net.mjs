import { setTimeout as sleep } from 'node:timers/promises';
import { agentTarget, serviceTarget } from '../targets.mjs';

const AT_ONCE = 2;
/** s; an agent is lost after 15 s of silence. */
const LONGEST_S = 25;
const SHARES = [[0.5, agentTarget], [0.5, serviceTarget]];
const both = (rule) => [{ hook: 'input', rule }, { hook: 'output', rule }];
/** What can happen to the packets of one process. `lo` is left alone: a process talks to itself. */
const CUTS = [
  ['partition', () => [{ hook: 'input', rule: 'iif != lo drop' }, { hook: 'output', rule: 'oif != lo drop' }]],
  ['deaf', () => [{ hook: 'input', rule: 'iif != lo drop' }]],
  ['mute', () => [{ hook: 'output', rule: 'oif != lo drop' }]],
  ['loss', (next) => both(`meta l4proto tcp numgen random mod 100 < ${Math.round(20 + 50 * next())} drop`)],
  ['reset', () => [{ hook: 'input', rule: 'iif != lo meta l4proto tcp reject with tcp reset' }]],
];

/** Cuts agents and services off, `n` times in all, for 2 s to 25 s each, log-uniform; then heals. */
export async function net(stage, n) {
  let left = n;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left > 0) {
      left -= 1;
      while (!(await cutOne(stage))) await sleep(200);
      await sleep(1_000 + 2_000 * stage.next());
    }
  }));
}

export async function cutOne(stage) {
  const found = await stage.choose(SHARES);
  if (!found) return false;
  const { kind, target, node } = found;
  const [how, rules] = CUTS[Math.floor(stage.next() * CUTS.length)];
  const ms = Math.round(2_000 * (LONGEST_S / 2) ** stage.next());
  stage.hit({ kind: `${how} of ${kind}`, target, node, ms });
  stage.away.add(target);
  try {
    stage.network.cut(target, rules(stage.next));
    await sleep(ms);
  } finally {
    stage.network.cut(target);
    stage.away.delete(target);
  }
  return true;
}
