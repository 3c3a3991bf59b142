import type { TriggerDefinition } from '@novacron/contracts';
import { Cron } from 'croner';
import type { Fields, Reader } from '../yaml/fields.ts';
import { describe, type MapEntry, type Node } from '../yaml/node.ts';
import { TRIGGER_ROOTS } from './draft.ts';
import type { Expressions } from './expressions.ts';
import { readCompat, readModelName, readRange } from './model.ts';
import { readTemplates } from './task.ts';

type Kind = TriggerDefinition['kind'];

/** What each kind may say besides `name` and `params`; the first is what it cannot do without. */
const FIELDS: Readonly<Record<Kind, readonly [string, ...string[]]>> = {
  cron: ['cron', 'timezone', 'catchup'],
  interval: ['every', 'catchup'],
  file: ['path'],
  model: ['model', 'range', 'compat'],
};
const KINDS = Object.keys(FIELDS) as Kind[];
const ALL_FIELDS = [...new Set(['kind', 'name', 'params', 'interval', 'file', ...Object.values(FIELDS).flat()])];

/** The list under `triggers`. */
export function readTriggers(reader: Reader, expressions: Expressions, node: Node | undefined): TriggerDefinition[] {
  const triggers: TriggerDefinition[] = [];
  const counts = new Map<Kind, number>();
  for (const item of reader.items(node, 'triggers')) {
    const trigger = readTrigger(reader, expressions, item, (kind) => {
      const n = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, n);
      return n === 1 ? kind : `${kind}-${n}`;
    });
    if (trigger === undefined) continue;
    if (triggers.some((other) => other.name === trigger.name)) reader.report.error(item, `two triggers are called '${trigger.name}'`, "give one another 'name'");
    triggers.push(trigger);
  }
  return triggers;
}

function readTrigger(reader: Reader, expressions: Expressions, node: Node, nameFor: (kind: Kind) => string): TriggerDefinition | undefined {
  const fields = flatten(reader, reader.fields(node, 'a trigger', ALL_FIELDS));
  if (node.kind !== 'map') return undefined;
  const kind = kindOf(reader, fields, node);
  if (kind === undefined) return undefined;
  const allowed = ['kind', 'name', 'params', ...FIELDS[kind]];
  for (const [name, entry] of fields) {
    if (!allowed.includes(name)) reader.report.error(entry.keyAt, `'${entry.key}' does not belong to the trigger kind ${kind}`, `its fields are ${allowed.join(', ')}`);
  }
  if (!fields.has(FIELDS[kind][0])) reader.report.error(node, `a ${kind} trigger without '${FIELDS[kind][0]}'`);
  const params = readTemplates(reader, expressions, fields.get('params')?.value, 'a parameter', { what: 'a trigger', roots: TRIGGER_ROOTS });
  return { name: reader.lowerName(fields.get('name')?.value, 'name of a trigger') ?? nameFor(kind), kind, ...readKind(reader, kind, fields), params };
}

/** `interval: {every: …}` and its like are folded into the trigger's own fields; `interval: 5m` means `every: 5m`. */
function flatten(reader: Reader, fields: Fields): Fields {
  const flat = new Map<string, MapEntry>();
  for (const [name, entry] of fields) {
    if (KINDS.includes(name as Kind) && entry.value.kind === 'map') {
      const kind = name as Kind;
      const inner = reader.fields(entry.value, `a ${kind} trigger`, ['name', 'params', ...FIELDS[kind]], { schedule: 'cron', interval: 'every' });
      for (const [field, value] of inner) flat.set(field, value);
    } else flat.set(name === 'interval' ? 'every' : name === 'file' ? 'path' : name, entry);
  }
  return flat;
}

function kindOf(reader: Reader, fields: Fields, node: Node): Kind | undefined {
  if (fields.has('kind')) return reader.choice(fields.get('kind')?.value, 'the kind of a trigger', KINDS);
  const said = KINDS.filter((kind) => fields.has(FIELDS[kind][0]));
  if (said.length === 1) return said[0];
  reader.report.error(node, said.length === 0 ? 'a trigger that says neither cron, interval, file nor model' : `a trigger that is ${said.join(' and ')} at once`, 'one entry of the list for each trigger');
  return undefined;
}

function readKind(reader: Reader, kind: Kind, fields: Fields): Partial<TriggerDefinition> {
  const value = (name: string): Node | undefined => fields.get(name)?.value;
  const catchup = reader.choice(value('catchup'), 'catchup', ['skip', 'latest', 'all']) ?? 'latest';
  switch (kind) {
    case 'cron':
      return { ...readCron(reader, value('cron'), value('timezone')), catchup };
    case 'interval':
      return { every: reader.duration(value('every'), 'every') ?? 0, catchup };
    case 'file':
      return { path: readGlob(reader, value('path')) ?? '' };
    case 'model': {
      const compat = readCompat(reader, value('compat'));
      const range = value('range') === undefined ? '*' : readRange(reader, value('range'));
      return { model: readModelName(reader, value('model')) ?? '', range: range ?? '*', ...(compat === undefined ? {} : { compat }) };
    }
  }
}

function readCron(reader: Reader, cronNode: Node | undefined, zoneNode: Node | undefined): Pick<TriggerDefinition, 'cron' | 'timezone'> {
  const timezone = reader.text(zoneNode, 'timezone') ?? 'UTC';
  if (!isZone(timezone)) reader.report.error(zoneNode as Node, `'${timezone.slice(0, 40)}' is no time zone`, "write an IANA name such as 'Europe/Berlin'");
  const cron = reader.text(cronNode, 'cron');
  const fault = cron === undefined ? undefined : cronFault(cron);
  if (fault !== undefined) reader.report.error(cronNode as Node, `'${cron?.slice(0, 60)}' is no cron expression: ${fault}`, "write minute hour day month weekday, e.g. '0 3 * * *'");
  return { cron: cron ?? '', timezone };
}

function cronFault(cron: string): string | undefined {
  // croner also takes a date for "once"; that is no schedule here.
  if (cron.includes(':') || cron.length > 200) return 'five or six fields are expected';
  try {
    new Cron(cron, { paused: true });
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^Cron(Pattern|Date)?: /, '');
  }
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** A glob of a file's name in the workspace's inbox. */
function readGlob(reader: Reader, node: Node | undefined): string | undefined {
  const path = reader.text(node, 'path');
  if (path === undefined) return undefined;
  if (/[/\\]/.test(path) || path === '..' || path.length > 200) {
    reader.report.error(node as Node, `'${path.slice(0, 60)}' is no file name`, 'name files of the inbox only, without folders; * and ? are wild');
  } else if (/[[\]{}]/.test(path)) reader.report.error(node as Node, `${describe(node as Node)} uses brackets`, 'only * and ? are wild');
  return path;
}
