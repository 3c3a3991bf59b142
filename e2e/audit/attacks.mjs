import { hashOf } from '../../libs/log/dist/index.js';
import { isClaim, rowOf, rowOfBytes } from './copy.mjs';

/**
 * What somebody does who can write the database. Each takes a partition's entry and a source of chance, and answers `{at, rows}`: from row `at` on the log
 * says `rows`; with `heads` and `books` where those were changed, too. Undefined: there is nothing here to do it to.
 */
const between = (next, from, to) => from + Math.floor(next() * (to - from + 1));
const pick = (next, list) => list[between(next, 0, list.length - 1)];
const behind = ({ rows }, at, instead) => [...instead, ...rows.slice(at + 1)];

/** A record of the partition, commits and claims alike, with its row. */
function anyRecord({ rows }, next) {
  const at = between(next, 0, rows.length - 1);
  return { at, row: rows[at], i: between(next, 0, rows[at].records.length - 1) };
}

function edited(entry, next, edit) {
  const { at, row, i } = anyRecord(entry, next);
  const records = edit(row.records, i);
  if (!records) return undefined;
  return { at, rows: behind(entry, at, records.length ? [rowOf(row, records)] : []) };
}

function commitRecord({ rows }, next) {
  const at = between(next, 0, rows.length - 1);
  const i = between(next, 0, rows[at].records.length - 1);
  return isClaim(rows[at].records[i]) ? undefined : { at, i };
}

function changedText(text, next) {
  const at = between(next, 0, text.length - 1);
  const other = String.fromCharCode(32 + ((text.charCodeAt(at) - 32 + between(next, 1, 94)) % 95));
  return text.slice(0, at) + other + text.slice(at + 1);
}

/** Commits linked anew from a place on, as who can compute hashes would. */
function relinked(entry, at, i, change) {
  let { head } = entry.states[at].rule;
  let first = true;
  return entry.rows.slice(at).map((row, r) => rowOf(row, row.records.map((text, n) => {
    if (isClaim(text)) return text;
    if (r === 0 && n < i) {
      head = hashOf(text);
      return text;
    }
    const made = (first ? change(text) : text).replace(/"p":"[^"]*"/, `"p":"${head}"`);
    first = false;
    head = hashOf(made);
    return made;
  })));
}

const later = (text) => text.replace(/"t":(\d+)/, (_, time) => `"t":${Number(time) + 1}`);
const headsBefore = ({ heads }, seq) => heads.filter(({ line }) => JSON.parse(line).seq < seq);

export const attacks = {
  'bit of a segment flipped'(entry, next) {
    const at = between(next, 0, entry.rows.length - 1);
    const body = Buffer.from(entry.rows[at].body);
    body[between(next, 0, body.length - 1)] ^= 1 << between(next, 0, 7);
    return { at, rows: behind(entry, at, [rowOfBytes(entry.rows[at], body)]) };
  },
  'character of a record changed': (entry, next) => edited(entry, next, (records, i) => records.with(i, changedText(records[i], next))),
  'record removed': (entry, next) => edited(entry, next, (records, i) => records.toSpliced(i, 1)),
  'record doubled': (entry, next) => edited(entry, next, (records, i) => records.toSpliced(i, 0, records[i])),
  'record added from elsewhere': (entry, next) => edited(entry, next, (records, i) => records.toSpliced(i, 0, pick(next, pick(next, entry.rows).records))),
  'records exchanged': (entry, next) => edited(entry, next, (records, i) => (i + 1 < records.length ? records.toSpliced(i, 2, records[i + 1], records[i]) : undefined)),
  'forged commit with right links added'(entry, next) {
    const found = commitRecord(entry, next);
    if (!found) return undefined;
    return { at: found.at, rows: behind(entry, found.at, [rowOf(entry.rows[found.at], entry.rows[found.at].records.toSpliced(found.i, 0, later(entry.rows[found.at].records[found.i])))]) };
  },
  'segment removed'(entry, next) {
    const at = between(next, 0, entry.rows.length - 1);
    return { at, rows: behind(entry, at, []) };
  },
  'segments exchanged'(entry, next) {
    if (entry.rows.length < 2) return undefined;
    const [a, b] = [between(next, 0, entry.rows.length - 1), between(next, 0, entry.rows.length - 1)].sort((x, y) => x - y);
    if (a === b) return undefined;
    const [first, second] = [entry.rows[a], entry.rows[b]];
    return { at: a, rows: [rowOf(first, second.records), ...entry.rows.slice(a + 1, b), rowOf(second, first.records), ...entry.rows.slice(b + 1)] };
  },
  'segment put in again behind another'(entry, next) {
    const [from, at] = [between(next, 0, entry.rows.length - 1), between(next, 0, entry.rows.length - 1)];
    return { at, rows: [entry.rows[at], entry.rows[from], ...entry.rows.slice(at + 1)] };
  },
  'segment of another partition put in'(entry, next, all) {
    const other = pick(next, all);
    if (other === entry) return undefined;
    const at = between(next, 0, entry.rows.length - 1);
    return { at, rows: behind(entry, at, [rowOf(entry.rows[at], pick(next, other.rows).records)]) };
  },
  'row kept under another key'(entry, next) {
    const at = between(next, 0, entry.rows.length - 1);
    const row = entry.rows[at];
    return { at, rows: behind(entry, at, [next() < 0.5 ? { ...row, lastSeq: row.lastSeq + 1 } : { ...row, epoch: row.epoch + 1 }]) };
  },
  'claim changed'(entry, next) {
    const claims = entry.rows.flatMap((row, at) => (isClaim(row.records[0]) ? [at] : []));
    const at = pick(next, claims);
    const change = pick(next, [(text) => text.replace(/"a":"[^"]*"/, '"a":"http://127.0.0.1:1"'), (text) => later(text), (text) => text.replace(/"P":\d+/, '"P":17'), (text) => text.replace(/"o":"./, '"o":"-'), (text) => text.replace(/"claim":(\d+)/, (_, e) => `"claim":${Number(e) + 1}`)]);
    return { at, rows: behind(entry, at, [rowOf(entry.rows[at], [change(entry.rows[at].records[0])])]) };
  },
  'forged claim of the next epoch added'(entry, next) {
    const at = between(next, 0, entry.rows.length);
    const { epoch, nextSeq } = entry.states[at].rule;
    const claim = { lastSeq: nextSeq - 1, epoch: epoch + 1, records: [JSON.stringify({ claim: epoch + 1, o: 'forger', a: 'http://127.0.0.1:1', P: 16, t: 1 })] };
    return { at, rows: [claim, ...entry.rows.slice(at)] };
  },
  'commit changed and all behind it linked anew'(entry, next) {
    const found = commitRecord(entry, next);
    return found && { at: found.at, rows: relinked(entry, found.at, found.i, later) };
  },
  'linked anew, with the signed heads behind it removed'(entry, next) {
    const found = commitRecord(entry, next);
    if (!found) return undefined;
    const rows = relinked(entry, found.at, found.i, later);
    const seq = Number(/"s":(\d+)/.exec(entry.rows[found.at].records[found.i])[1]);
    return { at: found.at, rows, heads: headsBefore(entry, seq) };
  },
  'tail cut, with books and signed heads'(entry, next) {
    const found = commitRecord(entry, next);
    if (!found) return undefined;
    const row = entry.rows[found.at];
    const seq = entry.states[found.at].rule.nextSeq + found.i;
    const rows = found.i === 0 ? [] : [rowOf({ ...row, lastSeq: seq - 1 }, row.records.slice(0, found.i))];
    return { at: found.at, rows, place: [seq, seq], heads: headsBefore(entry, seq), books: { ...entry.books, nextSeq: seq, epoch: row.epoch } };
  },
  'signed head changed': (entry, next) => onHeads(entry, next, (heads, i) => heads.with(i, { ...heads[i], line: changedText(heads[i].line, next) })),
  'signed head removed': (entry, next) => onHeads(entry, next, (heads, i) => heads.toSpliced(i, 1)),
  'signed heads exchanged': (entry, next) => onHeads(entry, next, (heads, i) => (i + 1 < heads.length ? heads.with(i, { ...heads[i], line: heads[i + 1].line }).with(i + 1, { ...heads[i + 1], line: heads[i].line }) : undefined)),
  'signed head said twice': (entry, next) => onHeads(entry, next, (heads, i) => [...heads, { ...heads[i], n: heads.length }]),
};

function onHeads(entry, next, change) {
  if (entry.heads.length === 0) return undefined;
  const i = between(next, 0, entry.heads.length - 1);
  const heads = change(entry.heads, i);
  return heads && { at: entry.rows.length, rows: [], heads, headAt: heads.length > entry.heads.length ? heads.length - 1 : i };
}
