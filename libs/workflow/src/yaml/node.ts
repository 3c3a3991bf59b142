import type { LineCounter } from 'yaml';

/** The text that a node comes from. */
export interface Source {
  readonly file: string;
  readonly text: string;
  readonly lines: LineCounter;
}

interface Placed {
  readonly source: Source;
  /** UTF-16 units from the start of the text. */
  readonly offset: number;
  readonly path: string;
}

export interface MapEntry {
  readonly key: string;
  readonly keyAt: Placed;
  readonly value: Node;
}

export interface MapNode extends Placed {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export interface ListNode extends Placed {
  readonly kind: 'list';
  readonly items: readonly Node[];
}

export interface ScalarNode extends Placed {
  readonly kind: 'scalar';
  readonly value: null | boolean | number | string;
  /** Where the characters of the value start, when they stand in the text one to one. */
  readonly verbatimAt?: number;
}

/** YAML as a tree of plain nodes with places; aliases are resolved, keys are strings and unique. */
export type Node = MapNode | ListNode | ScalarNode;

/** Anything a finding can point at. */
export type Place = Placed;

/** `a` for people: "a map", "a list", "the text 'x'", "the number 3", "nothing". */
export function describe(node: Node): string {
  if (node.kind !== 'scalar') return node.kind === 'map' ? 'a map' : 'a list';
  if (node.value === null) return 'nothing';
  return typeof node.value === 'string' ? `the text '${clip(node.value)}'` : `the ${typeof node.value} ${node.value}`;
}

export function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
