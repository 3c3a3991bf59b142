import { ChainAudit, isFault, joinStatements, nameOf } from '../../libs/log/dist/index.js';
import { packSegment, unpackSegment } from '../../libs/log/dist/segment.js';

const isClaim = (text) => text.startsWith('{"claim"');

/** The copied log by partition, checked once as it is: the state before every row, so that an attack is judged from its place on. */
export function partitionsOf({ rows, heads, books, exported, publicKey }) {
  const partitions = new Map();
  for (const { topic, partition, last_seq, epoch, body } of rows) {
    const name = nameOf({ topic, partition });
    const entry = partitions.get(name) ?? { name, source: { topic, partition }, rows: [] };
    partitions.set(name, entry);
    entry.rows.push({ lastSeq: Number(last_seq), epoch: Number(epoch), body, records: unpackSegment(body) });
  }
  const all = [...partitions.values()];
  for (const entry of all) {
    const own = ({ topic, partition }) => topic === entry.source.topic && partition === entry.source.partition;
    const book = books.find(own);
    Object.assign(entry, {
      heads: heads.filter(own), exported: exported.filter((line) => own(JSON.parse(line))), books: { epoch: Number(book.epoch), nextSeq: Number(book.next_seq), address: book.address },
    });
    entry.statements = statementsOf(entry, entry.heads, entry.exported, publicKey).heads;
    Object.assign(entry, checkedStates(entry));
  }
  return all;
}

/** Signed heads of one partition as the check takes them. */
export function statementsOf({ name }, kept, exported, publicKey) {
  const { byPartition, faults } = joinStatements(kept, exported, publicKey);
  return { heads: byPartition.get(name) ?? [], faults };
}

/** State before each row, and for each row the number of commits before it: the place of its first record. */
function checkedStates({ source, rows, statements, books }) {
  const audit = new ChainAudit(source, statements, { fenced: true });
  let { state } = audit.begin();
  const states = [state];
  for (const row of rows) {
    state = audit.row(state, row);
    if (isFault(state)) throw new Error(`the log is damaged before any attack: ${state.partition}: ${state.detail}`);
    states.push(state);
  }
  const fault = audit.end(state, books);
  if (fault) throw new Error(`the log is damaged before any attack: ${fault.detail}`);
  return { states, commits: state.rule.nextSeq, signed: statements.at(-1)?.seq ?? -1 };
}

/** The first place at which two lists of rows differ in what they say: a commit's number, for a claim the two commits that it lies between; undefined where they say the same. */
export function firstChange(entry, at, rows) {
  let place = entry.states[at].rule.nextSeq;
  const before = entry.rows.slice(at).flatMap((row) => row.records.map((text) => ({ text, row })));
  let i = 0;
  for (const row of rows) {
    for (const text of row.records ?? ['']) {
      const old = before[i++];
      if (!old || old.text !== text || old.row.lastSeq !== row.lastSeq || old.row.epoch !== row.epoch) return isClaim(old?.text ?? text) ? [Math.max(0, place - 1), place] : [place, place];
      if (!isClaim(text)) place++;
    }
  }
  return i < before.length ? [place, place] : undefined;
}

/** A row of these records, as the store would keep it. */
export const rowOf = ({ lastSeq, epoch }, records) => ({ lastSeq, epoch, records });

/** A row whose body was changed: its records, or none where it cannot be unpacked. */
export function rowOfBytes({ lastSeq, epoch }, body) {
  try {
    return { lastSeq, epoch, records: unpackSegment(body) };
  } catch (error) {
    return { lastSeq, epoch, records: undefined, why: error.message };
  }
}

export const packed = (records) => packSegment(records);
export { isClaim };
