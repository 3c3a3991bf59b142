import { decodePosition } from '../libs/kernel/dist/index.js';
import { causesOf, recordPage } from '../libs/log/dist/index.js';
import { onLog } from './log.mjs';
import { SERVICES } from './system.mjs';

const PAGE = 1_000;
const LONGEST_CHAIN = 1_000;

const placesOf = async (driver) => new Map([...(await driver.heads(SERVICES))].map(([place, { nextSeq }]) => [place, nextSeq]));

/** Next commit of every partition of the log, by `service/partition`. */
export const ends = (system) => onLog(system, placesOf);

/**
 * Commits behind `before` that the gateway's callers began since, as `{place, cause, types}`; and any other with one of `workspaces` in an event.
 * Claims are nobody's doing, and what goes back to a commit at or before `before` was begun earlier: a log that others move meanwhile does not matter.
 */
export function begunSince(system, before, workspaces) {
  return onLog(system, async (driver) => {
    const begun = [];
    const isOlder = ({ topic, partition, seq }) => seq < (before.get(`${topic}/${partition}`) ?? 0);
    for (const [place, end] of await placesOf(driver)) {
      for (const { position, record } of await commitsOf(driver, place, before.get(place) ?? 0, end)) {
        const chain = await causesOf(driver, decodePosition(position), LONGEST_CHAIN);
        const first = decodePosition(chain.at(-1).position);
        if (isOlder(first)) continue;
        const asked = first.topic === 'gateway' && chain.at(-1).record.cause?.startsWith('direct:');
        if (asked || record.events.some(({ workspace }) => workspaces.includes(workspace))) begun.push({ place, cause: chain.at(-1).record.cause, types: record.events.map(({ type }) => type) });
      }
    }
    return begun;
  });
}

async function commitsOf(driver, place, from, end) {
  const [topic, partition] = place.split('/');
  const found = [];
  for (let next = from; next !== undefined && next < end; ) {
    const page = await recordPage(driver, { topic, partition: Number(partition) }, next, end - 1, PAGE);
    found.push(...page.items.filter(({ verdict }) => verdict === 'commit'));
    next = page.next;
  }
  return found;
}
