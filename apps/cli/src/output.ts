import type { Io } from './io.ts';

export type Format = 'table' | 'wide' | 'json' | 'yaml';

export interface Column<T> {
  readonly title: string;
  readonly of: (row: T) => string | number | null | undefined;
  /** Shown with `-o wide` only. */
  readonly wide?: true;
}

/** No lines: rows can be cut with awk, and titles tell what is what. */
const PLAIN = Object.fromEntries(['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'].map((part) => [part, '']));

/** Says a result in the form that was asked for; `json` and `yaml` give what the API gave. */
export class Output {
  private readonly io: Io;
  private readonly format: Format;

  constructor(io: Io, format: Format) {
    this.io = io;
    this.format = format;
  }

  /** Whether a program reads it. */
  get isPlain(): boolean {
    return this.format === 'json' || this.format === 'yaml';
  }

  async list<T>(rows: readonly T[], columns: readonly Column<T>[], none: string): Promise<void> {
    if (this.isPlain) return this.plain(rows);
    if (rows.length === 0) return this.io.err(`${none}\n`);
    this.io.out(`${await this.table(rows, columns)}\n`);
  }

  /** One thing, as lines for people. */
  async one(value: unknown, human: () => string | Promise<string>): Promise<void> {
    if (this.isPlain) return this.plain(value);
    this.io.out(`${await human()}\n`);
  }

  async table<T>(rows: readonly T[], columns: readonly Column<T>[]): Promise<string> {
    const { default: Table } = await import('cli-table3');
    const shown = columns.filter(({ wide }) => !wide || this.format === 'wide');
    const table = new Table({ head: shown.map(({ title }) => title), chars: { ...PLAIN, middle: '  ' }, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true } });
    for (const row of rows) table.push(shown.map(({ of }) => String(of(row) ?? '-')));
    return table.toString().split('\n').map((line) => line.trimEnd()).join('\n');
  }

  private async plain(value: unknown): Promise<void> {
    if (this.format === 'json') return this.io.out(`${JSON.stringify(value, null, 2)}\n`);
    const { stringify } = await import('yaml');
    this.io.out(stringify(value));
  }
}

/** `name  value` lines, the names padded to one width; what is null is left out. */
export function fields(entries: Readonly<Record<string, string | number | null | undefined>>): string {
  const given = Object.entries(entries).filter(([, value]) => value !== null && value !== undefined && value !== '');
  const width = Math.max(...given.map(([name]) => name.length));
  return given.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
