import { EntitySchema } from 'typeorm';
import { snake, tables, type ColumnType } from './tables.ts';

const TYPES = { text: 'text', int: 'int', number: 'double precision', time: 'double precision', boolean: 'boolean', json: 'jsonb' } as const satisfies Record<ColumnType, string>;

/** The tables as TypeORM reads them, by their names in `tables`. */
export const entities = Object.entries(tables).map(([name, { name: tableName, key, columns }]) => new EntitySchema({
  name,
  tableName,
  columns: Object.fromEntries(Object.entries(columns).map(([column, type]) => {
    const primary = (key as readonly string[]).includes(column);
    return [column, { name: snake(column), type: TYPES[type], nullable: !primary, ...(primary && { primary }) }];
  })),
}));
