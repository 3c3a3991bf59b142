import { parse, plan, type CelResult } from '@bufbuild/cel';
import { MAX_COMPREHENSION_NESTING, MAX_EXPRESSION } from './budget.ts';
import { environment } from './functions.ts';

type Expr = ReturnType<typeof parse>['expr'];

/** One use of a free name: `tasks.prepare.outputs.rows` is root `tasks`, path `[prepare, outputs, rows]`. */
export interface NameUse {
  readonly root: string;
  readonly path: readonly string[];
  /** True when the path goes on with a computed key. */
  readonly computed: boolean;
  /** Where the root stands in the source, in UTF-16 units from 0. */
  readonly offset: number;
}

export interface Compiled {
  readonly ok: true;
  readonly names: readonly NameUse[];
  /** The tasks that the expression names. */
  readonly tasks: ReadonlySet<string>;
  /** Throws nothing; errors come back as CEL error values. */
  readonly evaluate: (bindings: Record<string, never>) => CelResult;
}

export interface CompileError {
  readonly ok: false;
  readonly message: string;
  /** In UTF-16 units from 0. */
  readonly offset: number;
}

/** Type names that CEL itself knows as identifiers. */
const TYPE_NAMES = new Set(['int', 'uint', 'double', 'bool', 'string', 'bytes', 'list', 'map', 'null_type', 'type', 'google']);
const CACHE_SIZE = 4_096;
const cache = new Map<string, Compiled | CompileError>();

/** Parses and plans an expression, once per source text (an LRU of 4,096); a faulty one is a value with its offset. */
export function compile(source: string): Compiled | CompileError {
  const known = cache.get(source);
  if (known !== undefined) {
    cache.delete(source);
    cache.set(source, known);
    return known;
  }
  const compiled = compileFresh(source);
  if (source.length <= MAX_EXPRESSION) cache.set(source, compiled);
  if (cache.size > CACHE_SIZE) cache.delete(cache.keys().next().value as string);
  return compiled;
}

function compileFresh(source: string): Compiled | CompileError {
  if (source.length > MAX_EXPRESSION) return { ok: false, message: `the expression is longer than ${MAX_EXPRESSION} characters`, offset: 0 };
  if (source.trim() === '') return { ok: false, message: 'the expression is empty', offset: 0 };
  try {
    const parsed = parse(source);
    const walk = new Walk(parsed.sourceInfo?.positions ?? {});
    walk.visit(parsed.expr, new Set(), 0);
    if (walk.tooDeep) {
      return { ok: false, message: `map, filter, exists and their like may be nested ${MAX_COMPREHENSION_NESTING} deep only`, offset: 0 };
    }
    const tasks = new Set(walk.names.filter((use) => use.root === 'tasks' && use.path[0] !== undefined).map((use) => use.path[0] as string));
    return { ok: true, names: walk.names, tasks, evaluate: plan(environment, parsed) };
  } catch (error) {
    return syntaxError(error);
  }
}

function syntaxError(error: unknown): CompileError {
  const { location, message } = error as { location?: { start: { offset: number } }; message?: string };
  const text = (message ?? String(error)).replace(/^<input>:\d+:\d+: /, '');
  return { ok: false, message: text.length > 160 ? `${text.slice(0, 157)}...` : text, offset: location?.start.offset ?? 0 };
}

class Walk {
  readonly names: NameUse[] = [];
  tooDeep = false;
  readonly #positions: Readonly<Record<string, number>>;

  constructor(positions: Readonly<Record<string, number>>) {
    this.#positions = positions;
  }

  visit(expr: Expr | undefined, bound: ReadonlySet<string>, depth: number): void {
    if (expr === undefined) return;
    const chain = nameChain(expr);
    if (chain !== undefined) return this.#use(chain, bound, depth);
    const kind = expr.exprKind;
    switch (kind.case) {
      case 'selectExpr':
        return this.visit(kind.value.operand, bound, depth);
      case 'callExpr':
        for (const child of [kind.value.target, ...kind.value.args]) this.visit(child, bound, depth);
        return;
      case 'listExpr':
        for (const child of kind.value.elements) this.visit(child, bound, depth);
        return;
      case 'structExpr':
        for (const entry of kind.value.entries) {
          if (entry.keyKind.case === 'mapKey') this.visit(entry.keyKind.value, bound, depth);
          this.visit(entry.value, bound, depth);
        }
        return;
      case 'comprehensionExpr': {
        const { iterRange, accuInit, loopCondition, loopStep, result, iterVar, iterVar2, accuVar } = kind.value;
        if (depth >= MAX_COMPREHENSION_NESTING) this.tooDeep = true;
        this.visit(iterRange, bound, depth);
        this.visit(accuInit, bound, depth);
        const inner = new Set([...bound, iterVar, iterVar2, accuVar]);
        for (const child of [loopCondition, loopStep]) this.visit(child, inner, depth + 1);
        return this.visit(result, inner, depth);
      }
    }
  }

  #use(chain: Chain, bound: ReadonlySet<string>, depth: number): void {
    for (const key of chain.computedKeys) this.visit(key, bound, depth);
    if (bound.has(chain.root) || TYPE_NAMES.has(chain.root)) return;
    const offset = this.#positions[String(chain.id)] ?? 0;
    this.names.push({ root: chain.root, path: chain.path, computed: chain.computed, offset });
  }
}

interface Chain {
  root: string;
  id: bigint;
  path: string[];
  computed: boolean;
  computedKeys: Expr[];
}

/** `a.b["c"].d` from the outside in; undefined when it does not start at a plain identifier. */
function nameChain(expr: Expr): Chain | undefined {
  const kind = expr.exprKind;
  if (kind.case === 'identExpr') {
    return { root: kind.value.name.replace(/^\./, ''), id: expr.id, path: [], computed: false, computedKeys: [] };
  }
  if (kind.case === 'selectExpr' && kind.value.operand !== undefined) {
    return extend(nameChain(kind.value.operand), kind.value.field);
  }
  if (kind.case !== 'callExpr' || kind.value.function !== '_[_]') return undefined;
  const [operand, key] = kind.value.args;
  if (operand === undefined || key === undefined) return undefined;
  const literal = key.exprKind.case === 'constExpr' ? key.exprKind.value.constantKind : undefined;
  return extend(nameChain(operand), literal?.case === 'stringValue' ? literal.value : key);
}

function extend(chain: Chain | undefined, step: string | Expr): Chain | undefined {
  if (chain === undefined) return undefined;
  if (typeof step !== 'string') chain.computedKeys.push(step);
  if (typeof step !== 'string') chain.computed = true;
  else if (!chain.computed) chain.path.push(step);
  return chain;
}
