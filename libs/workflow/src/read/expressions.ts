import type { Expression, Template } from '@novacron/contracts';
import { compile, type Compiled } from '../expression/compile.ts';
import { templateParts, unclosedMark } from '../expression/template.ts';
import type { Reader } from '../yaml/fields.ts';
import { describe, type Node, type Place, type ScalarNode } from '../yaml/node.ts';
import type { ExpressionContext, PendingName } from './draft.ts';

/** `{{ … }}` without the dollar sign. */
const BARE_MARK = /(?<!\$)\{\{/;

/** Reads expressions and templates, compiles each, and keeps the names that they use for the check at the end. */
export class Expressions {
  readonly pending: PendingName[] = [];
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** A field that is one expression, such as `when`; `${{ }}` around the whole of it is taken as well. */
  expression(node: Node | undefined, context: ExpressionContext): Expression | undefined {
    const source = this.source(node, context.what);
    if (source === undefined) return undefined;
    const compiled = this.compile(node as ScalarNode, source.text, source.offset);
    if (compiled === undefined) return undefined;
    for (const use of compiled.names) this.pend(use, node as ScalarNode, source.offset, context);
    return source.text;
  }

  /** The text of an expression field and its offset in the value, without the mark around it. */
  source(node: Node | undefined, what: string): { text: string; offset: number } | undefined {
    if (node === undefined) return undefined;
    if (node.kind === 'scalar' && typeof node.value === 'boolean') return { text: String(node.value), offset: 0 };
    if (node.kind !== 'scalar' || typeof node.value !== 'string') {
      this.#reader.report.error(node, `${what} must be an expression, this is ${describe(node)}`);
      return undefined;
    }
    const parts = templateParts(node.value.trim());
    const [only] = parts;
    if (parts.length === 1 && only !== undefined && 'source' in only) return { text: only.source, offset: node.value.indexOf(only.source) };
    return { text: node.value, offset: 0 };
  }

  /** Any value in which strings may hold `${{ }}` marks. */
  template(node: Node, context: ExpressionContext): Template {
    if (node.kind === 'list') return node.items.map((item) => this.template(item, context));
    if (node.kind === 'map') {
      const object: Record<string, Template> = {};
      for (const entry of node.entries.values()) object[entry.key] = this.template(entry.value, context);
      return object;
    }
    if (typeof node.value === 'string') this.#marks(node, node.value, context);
    return node.value;
  }

  /** Compiles, or reports the fault where it stands. */
  compile(node: ScalarNode, source: string, offset: number): Compiled | undefined {
    const compiled = compile(source);
    if (compiled.ok) return compiled;
    const hint = BARE_MARK.test(source) ? 'leave the {{ }} away: this field is an expression' : undefined;
    this.#reader.report.error(node, `the expression is not valid CEL: ${compiled.message}`, hint, at(node, offset + compiled.offset));
    return undefined;
  }

  pend(use: PendingName['use'], node: Place, offset: number, context: ExpressionContext): void {
    this.pending.push({ use, place: node, offset: at(node, offset + use.offset), context });
  }

  #marks(node: ScalarNode, text: string, context: ExpressionContext): void {
    for (const part of templateParts(text)) {
      if ('text' in part) {
        if (BARE_MARK.test(part.text)) this.#reader.report.warning(node, "'{{ }}' is plain text here and is not filled", 'write ${{ }}');
        continue;
      }
      const compiled = this.compile(node, part.source, part.offset);
      for (const use of compiled?.names ?? []) this.pend(use, node, part.offset, context);
    }
    const open = unclosedMark(text);
    if (open >= 0) this.#reader.report.error(node, "'${{' is never closed", 'end the mark with }}', at(node, open));
  }
}

/** The place of a character of a value in the text; the start of the value where quoting or folding hides it. */
function at(node: Place, offset: number): number {
  const verbatimAt = (node as ScalarNode).verbatimAt;
  return verbatimAt === undefined ? node.offset : verbatimAt + offset;
}
