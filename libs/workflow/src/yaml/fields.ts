import type { Template } from '@novacron/contracts';
import { parseDuration } from '../duration.ts';
import { didYouMean } from '../nearest.ts';
import { clip, describe, type MapEntry, type Node } from './node.ts';
import type { Report } from './report.ts';

/** Names of workflows, pools and triggers. */
const LOWER_NAME = /^[a-z0-9]([a-z0-9_.-]{0,62}[a-z0-9])?$/;
/** Names of tasks. */
const NAME = /^[a-z0-9]([a-z0-9_.-]{0,62}[a-z0-9])?$/i;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

/** The fields of one map, by their own names; what was misspelt is already reported. */
export type Fields = ReadonlyMap<string, MapEntry>;

/** Reads typed values out of nodes; a fault is reported at its place and gives undefined. */
export class Reader {
  readonly report: Report;

  constructor(report: Report) {
    this.report = report;
  }

  /** The fields of a map; unknown ones are refused. `aliases` maps a second spelling to the field's own name. */
  fields(node: Node | undefined, what: string, known: readonly string[], aliases: Readonly<Record<string, string>> = {}): Fields {
    const fields = new Map<string, MapEntry>();
    if (node === undefined) return fields;
    if (node.kind !== 'map') {
      this.report.error(node, `${what} must be a map, this is ${describe(node)}`, `its fields are ${known.join(', ')}`);
      return fields;
    }
    for (const entry of node.entries.values()) {
      const name = Object.hasOwn(aliases, entry.key) ? (aliases[entry.key] as string) : entry.key;
      if (!known.includes(name)) {
        this.report.error(entry.keyAt, `unknown field '${clip(entry.key)}' in ${what}`, didYouMean(entry.key, [...known, ...Object.keys(aliases)]));
      } else if (fields.has(name)) this.report.error(entry.keyAt, `'${entry.key}' and '${fields.get(name)?.key}' mean the same; keep one`);
      else fields.set(name, entry);
    }
    return fields;
  }

  /** The entries of a map with free keys, each an identifier. */
  entries(node: Node | undefined, what: string): readonly MapEntry[] {
    if (node === undefined) return [];
    if (node.kind !== 'map') {
      this.report.error(node, `${what} must be a map, this is ${describe(node)}`);
      return [];
    }
    return [...node.entries.values()].filter((entry) => {
      if (IDENTIFIER.test(entry.key)) return true;
      this.report.error(entry.keyAt, `'${clip(entry.key)}' is no name for ${what}`, 'letters, digits, _ and -, not starting with a digit, at most 64');
      return false;
    });
  }

  items(node: Node | undefined, what: string): readonly Node[] {
    if (node === undefined) return [];
    if (node.kind === 'list') return node.items;
    this.report.error(node, `${what} must be a list, this is ${describe(node)}`);
    return [];
  }

  text(node: Node | undefined, what: string): string | undefined {
    if (node === undefined) return undefined;
    if (node.kind === 'scalar' && typeof node.value === 'string' && node.value !== '') return node.value;
    const scalar = node.kind === 'scalar' && (typeof node.value === 'number' || typeof node.value === 'boolean');
    this.report.error(node, `${what} must be a text, this is ${describe(node)}`, scalar ? 'put it in quotes' : undefined);
    return undefined;
  }

  taskName(node: Node | undefined, what: string): string | undefined {
    return this.#named(node, what, NAME, 'letters, digits, _ . and -, starting and ending with a letter or digit, at most 64');
  }

  lowerName(node: Node | undefined, what: string): string | undefined {
    return this.#named(node, what, LOWER_NAME, 'lower-case letters, digits, _ . and -, starting and ending with a letter or digit, at most 64');
  }

  number(node: Node | undefined, what: string, least: number, most: number, whole = false): number | undefined {
    if (node === undefined) return undefined;
    const value = node.kind === 'scalar' ? node.value : undefined;
    if (typeof value === 'number' && value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
    this.report.error(node, `${what} must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}, this is ${describe(node)}`);
    return undefined;
  }

  choice<const T extends string>(node: Node | undefined, what: string, options: readonly T[]): T | undefined {
    if (node === undefined) return undefined;
    const value = node.kind === 'scalar' ? node.value : undefined;
    if (options.includes(value as T)) return value as T;
    this.report.error(node, `${what} must be one of ${options.join(', ')}, this is ${describe(node)}`, typeof value === 'string' ? didYouMean(value, options) : undefined);
    return undefined;
  }

  /** Milliseconds, at least 1. */
  duration(node: Node | undefined, what: string): number | undefined {
    if (node === undefined) return undefined;
    const value = node.kind === 'scalar' ? node.value : undefined;
    const millis = typeof value === 'string' ? parseDuration(value) : undefined;
    if (millis !== undefined && millis > 0) return millis;
    const unit = typeof value === 'number' ? `say the unit: '${value}s' or '${value} minutes'` : "write '2 hours', '90s', '1h30m' or 'PT2H'";
    this.report.error(node, `${what} must be a duration, this is ${describe(node)}`, unit);
    return undefined;
  }

  /** The node as plain JSON, marks and all. */
  template(node: Node): Template {
    if (node.kind === 'scalar') return node.value;
    if (node.kind === 'list') return node.items.map((item) => this.template(item));
    const object: Record<string, Template> = {};
    for (const entry of node.entries.values()) object[entry.key] = this.template(entry.value);
    return object;
  }

  #named(node: Node | undefined, what: string, pattern: RegExp, rule: string): string | undefined {
    const text = this.text(node, what);
    if (text === undefined || pattern.test(text)) return text;
    this.report.error(node as Node, `'${clip(text)}' is no ${what}`, rule);
    return undefined;
  }
}
