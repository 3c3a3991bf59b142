import { describe, expect, test } from '@jest/globals';
import { messages } from '@novacron/contracts';
import type { Json, Message } from '@novacron/kernel';
import fc from 'fast-check';
import { z } from 'zod';
import { columnsOf, mergeBatch, mergeChange, type Merged, type MergedRow } from './merge.ts';
import { project, projectedTypes } from './project.ts';
import { tables, type TableName } from './tables.ts';

const said = { topic: 't', partition: 3, seq: 35, n: 2, time: 1_800_000_000_000 };
const task = { name: 'a', needs: ['b'], kind: 'function', title: 'A' };
const definition = { name: 'w', description: 'd', tasks: [task] };

/** The smallest event of a type that its schema allows, with every optional field there. */
function sample(type: string): Message {
  const schema = z.toJSONSchema(messages.get(type)!.schema, { unrepresentable: 'any' }) as unknown as Schema;
  return { ...(instance(schema) as object), type, ...('definition' in (schema.properties ?? {}) && { definition }) } as Message;
}
interface Schema { type?: string; const?: Json; enum?: Json[]; anyOf?: Schema[]; oneOf?: Schema[]; properties?: Record<string, Schema>; items?: Schema }
function instance(schema: Schema): Json {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0]!;
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice) return instance(choice[0]!);
  if (schema.type === 'object') return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, of]) => [name, instance(of)]));
  if (schema.type === 'array') return schema.items ? [instance(schema.items)] : [];
  return schema.type === 'number' || schema.type === 'integer' ? 1 : schema.type === 'boolean' ? true : 'x';
}

describe('projections', () => {
  test('FR-13 show an instance that a retry took over below its forEach', () => {
    const taken = { type: 'TaskSucceeded', workspace: 'w', workflow: 'f', run: 'r2', task: 'count[3]', attempt: 0, outputs: { n: 1 } };
    expect(project(taken, said)).toEqual([
      { table: 'task', key: { run: 'r2', name: 'count[3]' }, set: { status: 'succeeded', attempt: 0, endedAt: said.time, outputs: { n: 1 }, ordinal: 1_000_000, parent: 'count', index: 3 } },
    ]);
  });

  test('are of public events only', () => expect(projectedTypes.filter((type) => !messages.has(type))).toEqual([]));

  test('are pure: the same event in the same place gives the same rows, and is not changed', () => {
    for (const type of projectedTypes) {
      const event = freeze(sample(type)) as Message;
      expect(project(event, said)).toEqual(project(structuredClone(event), { ...said }));
    }
  });

  test('set columns that their tables have, and no secret', () => {
    for (const type of projectedTypes) {
      for (const { table, key, set } of project(sample(type), said)) {
        expect(Object.keys(key)).toEqual(tables[table].key);
        expect([type, Object.keys(set ?? {}).filter((column) => !(column in tables[table].columns))]).toEqual([type, []]);
      }
      expect([type, JSON.stringify(project({ ...sample(type), sealed: 'SECRET', hash: 'SECRET' }, said)).includes('SECRET')]).toEqual([type, type === 'LogStored']);
    }
  });

  test('have few enough columns to be told apart by bits', () => {
    for (const columns of Object.values(columnsOf)) expect(columns.length).toBeLessThan(32);
  });

  test('W3 every column is written from one partition of one service, so the order of topics does not matter', () => {
    // Runs are admitted in their workflow's partition and live in their own; every other topic has one key.
    const partitionOf = (type: string) => (type === 'RunAdmitted' || type === 'WorkflowApplied' ? 'resolver workflow' : messages.get(type)!.said);
    const writers = new Map<string, Set<string>>();
    const deleters = new Map<TableName, Set<string>>();
    const writersOf = (table: TableName) => [...writers].filter(([column]) => column.startsWith(`${table}.`)).flatMap(([, all]) => [...all]);
    for (const type of projectedTypes) {
      for (const { table, set } of project(sample(type), said)) {
        if (!set) deleters.set(table, (deleters.get(table) ?? new Set()).add(partitionOf(type)));
        for (const column of Object.keys(set ?? {})) writers.set(`${table}.${column}`, (writers.get(`${table}.${column}`) ?? new Set()).add(partitionOf(type)));
      }
    }
    expect([...writers].filter(([, all]) => all.size > 1)).toEqual([]);
    for (const [table, all] of deleters) expect([table, new Set(writersOf(table))]).toEqual([table, all]);
    // No column is there that nobody writes; only instances of a forEach have a parent, and the sample is none.
    const columns = Object.entries(tables).flatMap(([table, { columns: of, key }]) => Object.keys(of).filter((column) => !(key as readonly string[]).includes(column)).map((column) => `${table}.${column}`));
    expect(columns.filter((column) => !writers.has(column))).toEqual(['task.parent']);
  });
});

describe('changes of a batch', () => {
  const change = fc.record({ id: fc.constantFrom('a', 'b'), set: fc.option(fc.dictionary(fc.constantFrom('title', 'setAt'), fc.option(fc.nat(3), { nil: undefined })), { nil: undefined }) });

  test('are merged to what they do one after the other', () => {
    fc.assert(fc.property(fc.array(change, { maxLength: 12 }), fc.constantFrom({}, { a: { name: 'a', title: 9 } }), (changes, start) => {
      const rows = new Map<string, object>(Object.entries(start));
      const merged: Merged = new Map();
      for (const { id, set } of changes) {
        mergeChange(merged, { table: 'pool', key: { name: id }, ...(set && { set }) });
        if (set) rows.set(id, { ...(rows.get(id) ?? { name: id }), ...defined(set) });
        else rows.delete(id);
      }
      const result = new Map<string, object>(Object.entries(start));
      for (const [id, row] of merged.get('pool') ?? []) {
        if (row.replaced) result.delete(id);
        if (row.stays) result.set(id, { ...(result.get(id) ?? {}), ...columns('pool', row) });
      }
      expect(Object.fromEntries(result)).toEqual(Object.fromEntries(rows));
    }));
  });

  test('write each row once, whatever happened to it', () => {
    const of = { workspace: 'shop', workflow: 'w', run: 'r', task: 'a', attempt: 1, pool: 'p', node: 'n', resources: { cpu: 1 }, work: { kind: 'function' } };
    const events = ['TaskReady', 'TaskPlaced', 'AttemptStarting', 'AttemptSucceeded', 'TaskReleased', 'TaskSucceeded'].map((type) => ({ type, ...of, endedAt: 5, outputs: {}, outcome: 'succeeded', gpus: [], policy: 'best fit' }));
    const merged = mergeBatch([{ topic: 'any', partition: 0, seq: 0, epoch: 1, time: 4, events, cursor: null }]);
    expect([...merged].map(([table, rows]) => [table, [...rows.values()].map((row) => columns(table, row))])).toEqual([
      ['task', [{ run: 'r', name: 'a', status: 'succeeded', attempt: 1, readyAt: 4, endedAt: 4, outputs: {} }]],
      ['attempt', [expect.objectContaining({ run: 'r', task: 'a', attempt: 1, status: 'succeeded', node: 'n', placedAt: 4, leftAt: 4, endedAt: 5 })]],
    ]);
  });
});

const columns = (table: TableName, row: MergedRow) => defined(Object.fromEntries(columnsOf[table].map((name, i) => [name, row.values[i]])));
const defined = (set: object) => Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined));

function freeze(value: unknown): unknown {
  if (value && typeof value === 'object') Object.values(Object.freeze(value)).forEach(freeze);
  return value;
}
