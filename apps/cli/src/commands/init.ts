import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { CliError, EXIT } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';

export function addInit(program: Command, invocation: Invocation): void {
  program.command('init [dir]').description('write a first workflow that runs').action((dir = 'hello') => init(invocation, dir));
}

async function init({ io, output }: Invocation, dir: string): Promise<void> {
  const folder = resolve(io.cwd, dir);
  const files = { 'workflow.yaml': workflow(nameOf(folder)), 'tasks/hello.mjs': TASKS };
  const taken = Object.keys(files).find((file) => existsSync(join(folder, file)));
  if (taken) throw new CliError('FolderTaken', `${join(dir, taken)} is there already; init overwrites nothing.`, EXIT.refused);
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text, { flag: 'wx' });
  }
  const next = ['npx novacron workspace create demo', `npx novacron submit ${/^[\w./-]+$/.test(dir) ? dir : JSON.stringify(dir)} -w demo --wait`];
  await output.one({ dir, files: Object.keys(files), next }, () => [...Object.keys(files).map((file) => `wrote ${join(dir, file)}`), '', 'Next, with a server running (npx novacron up):', ...next.map((line) => `  ${line}`)].join('\n'));
}

/** The folder's name as a workflow may be called. */
const nameOf = (folder: string): string => basename(folder).toLowerCase().replace(/[^a-z0-9_.-]+/g, '-').replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '').slice(0, 64) || 'hello';

const workflow = (name: string): string => `workflow:
  name: ${/^[\d.]+$/.test(name) ? `"${name}"` : name}
  description: Two tasks; the second works on what the first gives.
  params:
    who: world
  tasks:
    - name: greet
      uses: ./tasks/hello.mjs#greet
      params: {who: "\${{ params.who }}"}
      outputs: {greeting: string}
    - name: count
      needs: [greet]
      uses: ./tasks/hello.mjs#count
      inputs: {greeting: "\${{ tasks.greet.outputs.greeting }}"}
      outputs: {letters: number}
      retry: {limit: 2}
      timeout: 1m
  outputs:
    greeting: "\${{ tasks.greet.outputs.greeting }}"
    letters: "\${{ tasks.count.outputs.letters }}"
`;

const TASKS = `/** A task is a function: it gets parameters and inputs, and what it returns are its outputs. */
export async function greet({ params, log }) {
  log(\`greeting \${params.who}\`);
  return { greeting: \`Hello, \${params.who}!\` };
}

export async function count({ inputs }) {
  return { letters: inputs.greeting.length };
}
`;
