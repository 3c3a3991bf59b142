import { EMPTY, judgeText, START } from '../../libs/log/dist/index.js';
import { onLog } from '../../e2e/log.mjs';
import { SERVICES } from '../../e2e/system.mjs';

/**
 * Reads every row of every topic by the validity rule, in a process that decided nothing of it. Answers the valid commits' events by topic,
 * the claims (of all times; the events from `since` on), what was ignored, and citations of commits that are not in the valid chain: a stale commit that somebody acted on.
 */
export async function readLog(system, since) {
  return onLog(system, (driver) => readTopics(driver, SERVICES, since));
}

/** The system goes on meanwhile: a partition may cite what came to another one after that was read, so each is read on to what is cited of it. */
export async function readTopics(driver, topics, since) {
  const log = { commits: 0, ignored: {}, events: Object.fromEntries(topics.map((topic) => [topic, []])), claims: [], citations: [], heads: new Map(), since };
  const readers = [...(await driver.heads(topics)).keys()].map((name) => reader(driver, name, log));
  for (const read of readers) await read();
  const citations = [...log.citations];
  for (const read of readers) await read();
  const misquoted = citations.filter(({ source, seq, head }) => seq >= 0 && log.heads.get(source)?.[seq]?.hash !== head).length;
  return { ...log, misquoted };
}

/** Takes what the partition holds into the log; called again, what came since. */
function reader(driver, name, log) {
  const [topic, partition] = [name.split('/')[0], Number(name.split('/')[1])];
  const heads = [];
  log.heads.set(name, heads);
  let at = START;
  let state = EMPTY;
  let claim;
  return async () => {
    for (let rows; (rows = await driver.read({ topic, partition }, at)).length > 0;) {
      for (const row of rows) {
        for (const text of row.records) {
          const judged = judgeText(state, text);
          const verdict = judged?.verdict ?? 'unreadable';
          if (verdict === 'claim') log.claims.push((claim = { topic, partition, epoch: judged.record.epoch, address: judged.record.address, at: judged.record.time }));
          else if (verdict === 'commit') take(judged, log, claim, heads);
          else log.ignored[verdict] = (log.ignored[verdict] ?? 0) + 1;
          if (judged) ({ state } = judged);
        }
        at = { lastSeq: row.lastSeq, epoch: row.epoch };
      }
    }
  };
}

function take({ record, hash }, log, claim, heads) {
  heads[record.seq] = { hash, at: record.time, by: claim.address };
  const source = record.input && `${record.input.topic}/${record.input.partition}`;
  claim.first ??= { at: record.time, source, seq: record.input?.seq };
  if (source) log.citations.push({ source, seq: record.input.seq, head: record.input.head });
  if (record.time < log.since) return;
  log.commits += 1;
  for (const event of record.events) log.events[claim.topic].push({ ...event, at: record.time });
}
