import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, Parser, type CST, type Document, type Scalar, type YAMLMap } from 'yaml';
import type { MapEntry, MapNode, Node, Place, Source } from './node.ts';
import type { Report } from './report.ts';

/** Bytes of UTF-8. */
export const MAX_BYTES = 256 * 1024;
export const MAX_DEPTH = 64;
/** After aliases are resolved. */
export const MAX_NODES = 20_000;
export const MAX_ALIASES = 100;
/** The parser's own stack grows by up to three tokens per level. */
const MAX_PARSER_STACK = 3 * MAX_DEPTH;

/** Parses YAML 1.2 within the limits; undefined when the report has an error. Never throws. */
export function loadYaml(text: string, file: string, report: Report): Node | undefined {
  const source: Source = { file, text, lines: new LineCounter() };
  const start: Place = { source, offset: 0, path: '' };
  source.lines.addNewLine(0);
  if (Buffer.byteLength(text) > MAX_BYTES) {
    report.error(start, `the file is larger than ${MAX_BYTES / 1024} KiB`);
    return undefined;
  }
  const tokens = tokenize(source, report);
  if (tokens === undefined) return undefined;
  try {
    const documents = new Composer({ uniqueKeys: false, version: '1.2' }).compose(tokens, true, text.length);
    // A second document is an error; sixty thousand of them need not be composed to say so.
    const [first, second] = [documents.next().value, documents.next().value];
    return readDocument(first as Document.Parsed | undefined, second as Document.Parsed | undefined, source, report);
  } catch (error) {
    report.error(start, `the file cannot be read as YAML: ${(error as Error).message}`);
    return undefined;
  }
}

/** The parser is a loop, the composer recurses: depth is bounded between the two. */
function tokenize(source: Source, report: Report): CST.Token[] | undefined {
  const parser = new Parser(source.lines.addNewLine);
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(source.text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > MAX_PARSER_STACK) {
      report.error({ source, offset: parser.offset, path: '' }, `nested deeper than ${MAX_DEPTH} levels`);
      return undefined;
    }
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

function readDocument(document: Document.Parsed | undefined, second: Document.Parsed | undefined, source: Source, report: Report): Node | undefined {
  const start: Place = { source, offset: 0, path: '' };
  for (const fault of [...(document?.errors ?? []), ...(document?.warnings ?? [])]) {
    report.error({ ...start, offset: fault.pos[0] }, fault.message);
  }
  if (second !== undefined) report.error({ ...start, offset: second.range[0] }, 'a second document starts here; one file holds one workflow');
  if (report.failed) return undefined;
  if (document?.contents === null || document?.contents === undefined) {
    report.error(start, 'the file is empty');
    return undefined;
  }
  const reading = new Reading(source, report);
  const node = reading.read(document.contents, '', 0);
  return report.failed ? undefined : node;
}

class Reading {
  readonly #source: Source;
  readonly #report: Report;
  readonly #anchors = new Map<string, unknown>();
  #nodes = 0;
  #aliases = 0;
  #stopped = false;

  constructor(source: Source, report: Report) {
    this.#source = source;
    this.#report = report;
  }

  read(item: unknown, path: string, depth: number, after = 0): Node {
    const offset = (item as { range?: [number, number, number] } | null)?.range?.[0] ?? after;
    const place: Place = { source: this.#source, offset, path };
    if (!this.#withinLimits(place, depth)) return { ...place, kind: 'scalar', value: null };
    if (isAlias(item)) return this.#readAlias(item.source, place, depth);
    const anchor = (item as { anchor?: string } | null)?.anchor;
    if (anchor !== undefined) this.#anchors.set(anchor, item);
    if (isMap(item)) return this.#readMap(item as YAMLMap, place, depth);
    if (isSeq(item)) return { ...place, kind: 'list', items: item.items.map((inner, i) => this.read(inner, `${path}[${i}]`, depth + 1, offset)) };
    if (isScalar(item)) return this.#readScalar(item, place);
    return { ...place, kind: 'scalar', value: null };
  }

  #withinLimits(place: Place, depth: number): boolean {
    this.#nodes++;
    if (this.#stopped) return false;
    if (depth > MAX_DEPTH) this.#stop(place, `nested deeper than ${MAX_DEPTH} levels`);
    else if (this.#nodes > MAX_NODES) this.#stop(place, `more than ${MAX_NODES} values, aliases counted as often as they stand`);
    return !this.#stopped;
  }

  #stop(place: Place, message: string): void {
    this.#stopped = true;
    this.#report.error(place, message);
  }

  #readAlias(name: string, place: Place, depth: number): Node {
    if (++this.#aliases > MAX_ALIASES) this.#stop(place, `more than ${MAX_ALIASES} aliases`);
    else if (this.#anchors.has(name)) return { ...this.read(this.#anchors.get(name), place.path, depth + 1), path: place.path };
    else this.#report.error(place, `there is no anchor '&${name}' before this alias`);
    return { ...place, kind: 'scalar', value: null };
  }

  #readMap(map: YAMLMap, place: Place, depth: number): MapNode {
    const entries = new Map<string, MapEntry>();
    for (const pair of map.items) {
      if (this.#stopped) break;
      const key = this.read(pair.key, place.path, depth + 1, place.offset);
      if (key.kind !== 'scalar' || key.value === null) {
        this.#report.error(key, 'a key must be a text');
        continue;
      }
      const name = String(key.value);
      const keyAt: Place = { ...key, path: place.path === '' ? name : `${place.path}.${name}` };
      if (name === '__proto__') this.#report.error(keyAt, "the key '__proto__' is not allowed");
      else if (entries.has(name)) this.#report.error(keyAt, `'${name}' stands twice in this map`);
      else entries.set(name, { key: name, keyAt, value: this.read(pair.value, keyAt.path, depth + 1, key.offset) });
    }
    return { ...place, kind: 'map', entries };
  }

  #readScalar(scalar: Scalar, place: Place): Node {
    const { value } = scalar;
    if (typeof value === 'string') {
      const quoted = scalar.type === 'QUOTE_DOUBLE' || scalar.type === 'QUOTE_SINGLE' ? 1 : 0;
      const at = place.offset + quoted;
      return { ...place, kind: 'scalar', value, ...(this.#source.text.startsWith(value, at) ? { verbatimAt: at } : {}) };
    }
    if (typeof value === 'number' && (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))) {
      this.#report.error(place, `the number ${scalar.source ?? value} cannot be kept exactly`, 'put it in quotes to make it a text');
    }
    if (value === null || typeof value === 'boolean' || typeof value === 'number') return { ...place, kind: 'scalar', value };
    this.#report.error(place, 'this kind of value is not supported', 'use texts, numbers, true, false, null, lists and maps');
    return { ...place, kind: 'scalar', value: null };
  }
}
