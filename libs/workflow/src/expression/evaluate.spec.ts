import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { columns } from './columns.ts';
import { evaluate, evaluateCondition, fill, fillText, references, templateReferences } from './evaluate.ts';
import type { Json } from './values.ts';

const value = (source: string, scope: Record<string, Json> = {}): Json => {
  const outcome = evaluate(source, scope);
  if (!outcome.ok) throw new Error(outcome.message);
  return outcome.value;
};
const fault = (source: string, scope: Record<string, Json> = {}): string => {
  const outcome = evaluate(source, scope);
  return outcome.ok ? `no fault: ${JSON.stringify(outcome.value)}` : outcome.message;
};

describe('evaluate', () => {
  test('numbers of JSON and of CEL mix', () => {
    expect(value('params.n + 1', { params: { n: 3 } })).toBe(4);
    expect(value('params.n / 2', { params: { n: 3 } })).toBe(1.5);
    expect(value('index % 2 == 1', { index: 3 })).toBe(true);
    expect(value('size(items) / 2', { items: [1, 2, 3] })).toBe(1);
    expect(value('items[params.i]', { items: ['a', 'b'], params: { i: 1 } })).toBe('b');
    expect(value('5 / 2')).toBe(2);
  });

  test('results are plain JSON', () => {
    expect(value('{"a": [1, {"b": null}], "t": timestamp("2026-01-01T00:00:00Z"), "d": duration("90s")}')).toEqual({ a: [1, { b: null }], t: '2026-01-01T00:00:00.000Z', d: 90_000 });
    expect(value('o', { o: { $typeName: 'google.protobuf.Any', constructor: 1 } })).toEqual({ $typeName: 'google.protobuf.Any', constructor: 1 });
    expect(value('[-0.0]')).toEqual([0]);
  });

  test('what JSON cannot carry is a fault', () => {
    expect(fault('9007199254740993')).toBe("in '9007199254740993': the integer 9007199254740993 does not fit a JSON number exactly; convert it with string()");
    expect(fault('1.0 / 0.0')).toBe("in '1.0 / 0.0': the result is Infinity, which is no JSON number (a division by zero?)");
    expect(fault('int')).toBe("in 'int': the result is bytes or a type, which JSON cannot carry; convert it with string()");
  });

  test('DP-03 a condition that fails is a fault and never false', () => {
    expect(evaluateCondition('tasks.a.outputs.x > 1', { tasks: { a: { outputs: {} } } })).toEqual({ ok: false, message: "in 'tasks.a.outputs.x > 1': there is no field 'x'" });
    expect(evaluateCondition('1 + 1', {})).toEqual({ ok: false, message: "in '1 + 1': the condition gives the number 2, not true or false" });
    expect(evaluateCondition('nope', { params: {}, item: 1 })).toEqual({ ok: false, message: "in 'nope': 'nope' is not known here; known are item, params" });
    expect(evaluateCondition('params.a > 1', { params: { a: 2 } })).toEqual({ ok: true, value: true });
  });

  test('WP-07 mapping ten thousand elements is linear and does not recurse', () => {
    const items = Array.from({ length: 10_000 }, (_, i) => i);
    expect(value('items.map(x, x + 1).filter(x, x > 9999)', { items })).toEqual([10_000]);
  });

  test('growing a list leaves the shorter one alone', () => {
    expect(value('[[1] + [2]].map(a, [a + [3], a + [4], a])[0]')).toEqual([[1, 2, 3], [1, 2, 4], [1, 2]]);
  });

  test('work is bounded', () => {
    const items = Array.from({ length: 10_000 }, (_, i) => i);
    const tooMuch = /does more than 250000 steps of work/;
    expect(fault('items.map(x, items.map(y, y))', { items })).toMatch(tooMuch);
    expect(fault('items.exists(x, items.exists(y, x + y < 0))', { items })).toMatch(tooMuch);
    expect(fault('items.filter(x, x in items)', { items })).toMatch(tooMuch);
    expect(fault(`[items]${'.map(a, a + a)'.repeat(60)}`, { items })).toMatch(tooMuch);
    expect(fault(`["abcdefgh"]${'.map(a, a + a)'.repeat(60)}`)).toMatch(/builds a string of more than 262144 characters/);
    expect(fault('s.replace("", s)', { s: 'a'.repeat(1_000) })).toMatch(/builds a string/);
    expect(fault('"%s".format(["x"])')).toMatch(/unbound function: format/);
    expect(fault('[1].map(a, [1].map(b, [1].map(c, c)))')).toMatch(/nested 2 deep only/);
    expect(fault(`"${'x'.repeat(2_000)}"`)).toMatch(/longer than 2000 characters/);
  });

  test('a regular expression that blows up elsewhere is linear here', () => {
    expect(value('s.matches("^(a+)+$")', { s: `${'a'.repeat(2_000)}!` })).toBe(false);
  });
});

describe('escape corpus', () => {
  const scope = { params: { list: [1], text: 'x', map: { a: 1 } }, tasks: { a: { outputs: {} } } };
  const names = ['constructor', '__proto__', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__', '__lookupGetter__', 'length', 'call', 'process', 'globalThis', 'require', 'eval', 'Function'];

  test.each(names)('%s is out of reach by any way', (name) => {
    for (const source of [name, `params.${name}`, `params["${name}"]`, `params.list.${name}`, `params.text.${name}`, `params.map.${name}.${name}`, `params.${name}("return 1")`, `${name}.constructor("return process")()`, `"a".${name}`]) {
      expect([source, evaluate(source, scope).ok]).toEqual([source, false]);
    }
    expect(value(`has(params.${name})`, scope)).toBe(false);
    expect(value(`"${name}" in params`, scope)).toBe(false);
  });

  test('an own key of that name is data and nothing else', () => {
    const own = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"name": "Object"}}') as Json;
    const result = value('{"copy": o}', { o: own }) as { copy: Record<string, unknown> };
    expect(Object.keys(result.copy)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(value('o.constructor.name', { o: own })).toBe('Object');
  });

  test('never throws', () => {
    const piece = fc.constantFrom('params', 'tasks', '.', 'a', '[', ']', '(', ')', '"x"', '1', '+', '&&', '{', '}', ':', '?', '.map(x, ', 'x', ',', '!', '-', '==', 'has(', '__proto__', "'", '\\', '\u{1F600}', ' ');
    fc.assert(fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => { evaluate(pieces.join(''), scope); }), { numRuns: 1_000 });
    fc.assert(fc.property(fc.string({ maxLength: 60 }), (text) => { evaluate(text, scope); fill(`a \${{ ${text} }} b`, scope); }), { numRuns: 500 });
  });

  test('any JSON comes through unchanged', () => {
    fc.assert(fc.property(fc.jsonValue(), (v) => {
      expect(JSON.stringify(evaluate('[v][0]', { v: v as Json }))).toBe(`{"ok":true,"value":${JSON.stringify(v)}}`);
    }), { numRuns: 300 });
  });
});

describe('fill', () => {
  const scope = { params: { n: 3, list: [1, 2], none: null }, item: 'x' };

  test('DP-06 a string that is one mark keeps the type, longer text becomes a string', () => {
    expect(fill({ n: '${{ params.n }}', text: 'n=${{ params.n }};${{ params.none }}${{ params.list }}', deep: [{ a: '${{ params.list }}' }], plain: 7 }, scope)).toEqual({
      ok: true,
      value: { n: 3, text: 'n=3;[1,2]', deep: [{ a: [1, 2] }], plain: 7 },
    });
    expect(fillText('${{ params.n }}', scope)).toEqual({ ok: true, value: '3' });
  });

  test('braces and quotes inside a mark belong to the expression', () => {
    expect(fill('${{ {"a": {"b": 1}} }}', scope)).toEqual({ ok: true, value: { a: { b: 1 } } });
    expect(fill('${{ "}}" + item }}', scope)).toEqual({ ok: true, value: '}}x' });
  });

  test('a fault says which mark', () => {
    expect(fill({ a: '${{ params.q }}' }, scope)).toEqual({ ok: false, message: "in 'params.q': there is no field 'q'" });
  });
});

describe('laziness', () => {
  test('references name the tasks, not what is bound inside', () => {
    expect([...references('tasks.a.outputs.x + tasks["b-c"].outputs.y + [1].map(tasks, tasks)[0]')]).toEqual(['a', 'b-c']);
    expect([...templateReferences({ x: ['${{ tasks.a.outputs }} and ${{ tasks.d.state }}'] })]).toEqual(['a', 'd']);
  });

  test('WP-07 outputs of a forEach are columns, built only when read', () => {
    let built = 0;
    const outputs = columns(() => {
      built++;
      return [{ score: 1, file: 'a' }, null, { score: 3 }];
    });
    const scope = { tasks: { shard: { outputs }, other: { outputs: { x: 1 } } } };
    expect(value('tasks.other.outputs.x', scope)).toBe(1);
    expect(built).toBe(0);
    expect(value('tasks.shard.outputs.score', scope)).toEqual([1, null, 3]);
    expect(value('tasks.shard.outputs', scope)).toEqual({ score: [1, null, 3], file: ['a', null, null] });
    expect(value('tasks.shard.outputs.score.filter(s, s != null).exists(s, s > 2)', scope)).toBe(true);
    expect(built).toBe(1);
    expect(fault('tasks.shard.outputs.nope', scope)).toBe("in 'tasks.shard.outputs.nope': there is no field 'nope'");
  });

  test('a getter runs only for what is named', () => {
    const scope = { tasks: { a: { outputs: { x: 1 } }, get b(): Json { throw new Error('read'); } } };
    expect(value('tasks.a.outputs.x', scope)).toBe(1);
    expect(fault('tasks.b', scope)).toBe("in 'tasks.b': read");
  });
});
