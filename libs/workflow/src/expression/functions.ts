import { celEnv, celFunc, celMethod, CelScalar, isCelError, listType, type CelEnv, type CelFunc, type CelList, type CelValue } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { checkBuilt, spend } from './budget.ts';
import { JoinedList, joinLists } from './values.ts';

const { BYTES, DOUBLE, DYN, INT, STRING } = CelScalar;
const LIST = listType(DYN);

/**
 * JSON has one kind of number and CEL has two that do not mix, so `params.n + 1` would fail: int with double gives double
 * here. Two ints stay ints (`5 / 2 == 2`).
 */
const mixedArithmetic: CelFunc[] = (
  [
    ['_+_', (l, r) => l + r],
    ['_-_', (l, r) => l - r],
    ['_*_', (l, r) => l * r],
    ['_/_', (l, r) => l / r],
    ['_%_', (l, r) => l % r],
  ] as [string, (l: number, r: number) => number][]
).flatMap(([name, apply]) => [
  celFunc(name, [DOUBLE, INT], DOUBLE, (l, r) => apply(l, Number(r))),
  celFunc(name, [INT, DOUBLE], DOUBLE, (l, r) => apply(Number(l), r)),
  ...(name === '_%_' ? [celFunc(name, [DOUBLE, DOUBLE], DOUBLE, apply)] : []),
]);

/** What can grow a value beyond what was given is bounded; the library bounds none of it. */
const bounded: CelFunc[] = [
  celFunc('_+_', [LIST, LIST], LIST, (l, r) => joinLists(l, r) as never),
  celFunc('_+_', [STRING, STRING], STRING, (l, r) => {
    checkBuilt(l.length + r.length);
    return l + r;
  }),
  celFunc('_+_', [BYTES, BYTES], BYTES, (l, r) => {
    checkBuilt(l.length + r.length);
    const joined = new Uint8Array(l.length + r.length);
    joined.set(l);
    joined.set(r, l.length);
    return joined;
  }),
];

const inserting: Record<string, (target: unknown, args: readonly unknown[]) => number> = {
  replace: (target, args) => String(target).length * (1 + String(args[1]).length),
  join: (target, args) => {
    let length = 0;
    for (const item of target as CelList) length += String(item).length + String(args[0] ?? '').length;
    return length;
  },
};

// `format` is left out: its width and precision are one more way to ask for unbounded strings.
const stringFunctions: CelFunc[] = [...strings].filter((f) => f.name !== 'format').map(boundString);

function boundString(f: CelFunc): CelFunc {
  if (f.target === undefined) return f;
  return celMethod(f.name, f.target, f.arguments, f.result, function (this: unknown, ...args: unknown[]) {
    if (typeof this === 'string') spend(this.length >> 4);
    checkBuilt(inserting[f.name]?.(this, args) ?? 0);
    const result = f.call(0, this as CelValue, args as CelValue[]);
    if (isCelError(result)) throw result;
    // The library's own list charges nothing when it is read.
    return (f.name === 'split' ? new JoinedList([...(result as CelList)]) : result) as never;
  });
}

// RE2 is linear, but a long text matched for each element of a list is not.
const matching = [...(celEnv().funcs.find('matches') ?? [])].map(boundString);

/** The one environment: CEL's standard functions, its string extension, and arithmetic that fits JSON numbers. */
export const environment: CelEnv = celEnv({ funcs: [...mixedArithmetic, ...bounded, ...stringFunctions, ...matching] });
