import { modelName, name as lowerName, type TriggerDefinition } from '@novacron/contracts';
import semver from 'semver';
import { cronFault } from '../schedule/cron.ts';
import { cronOf } from '../schedule/schedule.ts';

const MIN_EVERY = 1_000;
const MAX_EVERY = 10 * 365 * 86_400_000;

/** Why a trigger cannot be as asked, or undefined. Declared ones were checked with their workflow, applied ones only for their outline. */
export function triggerFault(definition: TriggerDefinition, now: number): string | undefined {
  if (typeof definition !== 'object' || definition === null) return 'a trigger is an object with a kind';
  if (!lowerName.safeParse(definition.name).success) return `'${String(definition.name).slice(0, 40)}' is no name of a trigger; use lower-case letters, digits, '-', '_' and '.'`;
  if (typeof definition.params !== 'object' || definition.params === null || Array.isArray(definition.params)) return 'params must be an object of parameters';
  if (definition.catchup !== undefined && !['skip', 'latest', 'all'].includes(definition.catchup)) return `'${String(definition.catchup).slice(0, 40)}' is no catchup; write skip, latest or all`;
  switch (definition.kind) {
    case 'cron': return cronFault(cronOf(definition), now);
    case 'interval': return everyFault(definition.every);
    case 'file': return globFault(definition.path);
    case 'model': return modelFault(definition);
    default: return `'${String(definition.kind).slice(0, 40)}' is no kind of trigger; write cron, interval, file or model`;
  }
}

function everyFault(every: number | undefined): string | undefined {
  if (Number.isSafeInteger(every) && every! >= MIN_EVERY && every! <= MAX_EVERY) return undefined;
  return `every is ${String(every).slice(0, 40)}; it must be whole milliseconds, from 1 second to 10 years`;
}

function globFault(path: string | undefined): string | undefined {
  const shown = `'${String(path).slice(0, 60)}'`;
  if (typeof path !== 'string' || path === '' || path.length > 200) return `${shown} is no glob of file names`;
  if (/[/\\\u0000-\u001f]/.test(path) || path === '..') return `${shown} is no file name; name files of the inbox only, without folders; * and ? are wild`;
  return /[[\]{}]/.test(path) ? `${shown} uses brackets; only * and ? are wild` : undefined;
}

function modelFault({ model, range = '*' }: TriggerDefinition): string | undefined {
  if (!modelName.safeParse(model).success) return `'${String(model).slice(0, 60)}' is no model; write workspace/name`;
  if (typeof range === 'string' && range.length <= 256 && semver.validRange(range) !== null) return undefined;
  return `'${String(range).slice(0, 60)}' is no version range; write an npm range such as '^1.0.0'`;
}
