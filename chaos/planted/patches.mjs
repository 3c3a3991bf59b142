// A planted bug is a unified diff under a header of `# field: text` lines, which `git apply` passes over.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const FIELDS = ['wrong', 'cost', 'check', 'shows'];

/** All patches of the folder in the order of their names: `{name, file, wrong, cost, check, shows, touches}`. Throws a sentence naming the one that is incomplete. */
export function readPatches(folder) {
  return readdirSync(folder).filter((file) => file.endsWith('.patch')).sort().map((file) => parsePatch(file, readFileSync(join(folder, file), 'utf8'), join(folder, file)));
}

export function parsePatch(name, text, file = name) {
  const [header] = text.split(/^(?:diff |--- )/m, 1);
  const fields = Object.fromEntries(FIELDS.map((field) => [field, fieldOf(header, field)]));
  const missing = FIELDS.filter((field) => !fields[field]);
  if (missing.length > 0) throw new Error(`${name} says nothing of ${missing.join(', ')}: begin it with lines like "# ${missing[0]}: …".`);
  const touches = [...text.matchAll(/^\+\+\+ b\/(\S+)$/gm)].map(([, path]) => path);
  if (touches.length === 0) throw new Error(`${name} changes no file: make it by git diff.`);
  return { name: name.replace(/\.patch$/, ''), file, ...fields, touches };
}

/** A field goes on over the lines that follow it. */
function fieldOf(header, field) {
  const match = new RegExp(`^# ${field}: (.*(?:\\n#  .*)*)`, 'm').exec(header);
  return match?.[1].replace(/\n# +/g, ' ').trim();
}

/** The words of a command line; quotes hold words together. */
export function wordsOf(command) {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, plain]) => double ?? single ?? plain);
}
