import { ChainAudit, isFault } from '../../libs/log/dist/index.js';
import { firstChange, statementsOf } from './copy.mjs';

/**
 * Judges one attack: undefined where it changed nothing; else whether it was found, whether the place was named rightly, and whether it lay behind
 * everything that is signed, where nothing can be promised.
 */
export function judged(entry, attack, publicKey) {
  const kept = attack.heads ?? entry.heads;
  const { heads, faults } = attack.heads ? statementsOf(entry, kept, entry.exported, publicKey) : { heads: entry.statements, faults: [] };
  if (attack.headAt !== undefined) return headJudged(entry, attack, faults);
  const place = attack.place ?? firstChange(entry, attack.at, attack.rows);
  if (!place) return undefined;
  const fault = faultOf(entry, attack, heads);
  const found = fault !== undefined || faults.length > 0;
  const named = fault !== undefined && fault.partition === entry.name && fault.from <= place[1] && place[0] <= fault.seq;
  return { found, named, exact: named && fault.seq - fault.from <= 1, window: place[1] > (heads.at(-1)?.seq ?? -1), place, fault };
}

/** What the check says of the log from the place of the attack on; before it nothing has changed. */
function faultOf(entry, { at, rows, books = entry.books }, heads) {
  const audit = new ChainAudit(entry.source, heads, { fenced: true });
  let state = entry.states[at];
  for (const row of rows) {
    const next = row.records ? audit.row(state, row) : audit.unreadable(state, row.why);
    if (isFault(next)) return next;
    state = next;
  }
  return audit.end(state, books);
}

/** The last heads may be taken away unseen as long as nobody has exported them. */
function headJudged(entry, { headAt }, faults) {
  const [fault] = faults;
  const exported = entry.exported.length;
  const named = fault !== undefined && fault.partition === entry.name && Math.abs(fault.n - headAt) <= 1;
  return { found: fault !== undefined, named, exact: named, window: headAt >= exported && headAt === entry.heads.length - 1, place: [headAt, headAt], fault };
}
