import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const USES = /uses: \.\/tasks\/([\w-]+)\.mjs#(\w+)/g;

/** Every use of a task's function in a text, turned to the function that notes and calls it. */
export const throughJournal = (text) => text?.replaceAll(USES, 'uses: ./journal/$1.mjs#$2');

/**
 * A copy of a team's folder in which every task function appends a line to `file` when it begins and when it has succeeded: so a test
 * counts what user code really did, without asking NovaCron. What the tasks do and answer stays the same.
 */
export async function journalFolder(folder, texts, file) {
  const copy = await mkdtemp(join(tmpdir(), 'novacron-journal-'));
  await cp(folder, copy, { recursive: true });
  await mkdir(join(copy, 'journal'));
  await writeFile(join(copy, 'journal', 'noted.mjs'), NOTED.replace('FILE', JSON.stringify(file)));
  const functions = new Map();
  for (const [, module, name] of texts.join('\n').matchAll(USES)) functions.set(module, (functions.get(module) ?? new Set()).add(name));
  for (const [module, names] of functions) {
    const lines = [...names].map((name) => `import { ${name} as task_${name} } from '../tasks/${module}.mjs';\nexport const ${name} = noted(task_${name});\n`);
    await writeFile(join(copy, 'journal', `${module}.mjs`), `import { noted } from './noted.mjs';\n${lines.join('')}`);
  }
  return copy;
}

const NOTED = `import { appendFileSync } from 'node:fs';

const note = (attempt, what) => appendFileSync(FILE, JSON.stringify({ at: Date.now(), attempt, what, pid: process.pid }) + '\\n');

export const noted = (task) => async (ctx) => {
  const attempt = process.env.NOVACRON_ATTEMPT;
  note(attempt, 'began');
  const outputs = await task(ctx);
  note(attempt, 'succeeded');
  return outputs;
};
`;
