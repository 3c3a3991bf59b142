/** What runs under chaos. Every piece of user code appends to the journal what it does: nobody asks NovaCron whether NovaCron was right. */
const CODE = `import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const note = (journal, what) => appendFileSync(journal, JSON.stringify({ at: Date.now(), attempt: process.env.NOVACRON_ATTEMPT, what, pid: process.pid, parent: process.ppid }) + '\\n');

export async function work({ params: { journal, ms }, signal }) {
  note(journal, 'began');
  if (ms > 0) await sleep(ms, undefined, { signal });
  note(journal, 'succeeded');
}

export function wrong({ params: { journal } }) {
  note(journal, 'began');
  note(journal, 'failed');
  throw Object.assign(new Error('this task fails on purpose'), { class: 'permanent', code: 'OnPurpose' });
}

export function flaky({ params: { journal }, attempt }) {
  note(journal, 'began');
  note(journal, attempt === 1 ? 'failed' : 'succeeded');
  if (attempt === 1) throw Object.assign(new Error('not at the first time'), { class: 'transient' });
}
`;

/** A process says the same from a shell; its parent is the agent. */
const NOTE = `note() { printf '{"at":%s,"attempt":"%s","what":"%s","pid":%s,"parent":%s}\\n' "$(date +%s%3N)" "$NOVACRON_ATTEMPT" "$1" $$ $PPID >> "$JOURNAL"; }; `;
/** A grandchild that forked twice, in a session of its own. */
const DAEMON = 'setsid sh -c "(sleep 3600 &) &"; note daemon; ';
const PROCESS = `${NOTE}note began; ${DAEMON}sleep "$SECONDS_TO_WORK"; note succeeded`;
/** The first attempt waits for the kill of its agent. */
const DAEMONS = `${NOTE}note began; case "$NOVACRON_ATTEMPT" in */1) ${DAEMON}sleep 3600;; esac; note succeeded`;

const RETRY = '{ limit: 100, on: [transient, permanent, data, resource], backoff: { initial: 100ms, max: 1s } }';
/** Fails for good only by its own code. */
const RETRY_LOSSES = '{ limit: 100, on: [transient, resource], backoff: { initial: 100ms, max: 1s } }';

const task = (name, uses, ms, more = '', retry = RETRY) => `    - { name: ${name}, uses: "./tasks.mjs#${uses}", params: { journal: "\${{ params.journal }}", ms: ${ms} }, retry: ${retry}${more && `, ${more}`} }`;
const processTask = (script, env = '') => `    - { name: only, run: [sh, -c, ${JSON.stringify(script)}], env: { JOURNAL: "\${{ params.journal }}"${env} }, resources: { cpu: 0.1 }, retry: ${RETRY} }`;
const yaml = (name, params, journal, lines) => ['apiVersion: novacron.io/v1', 'kind: Workflow', `metadata: { name: ${name} }`, 'spec:', `  params: { journal: ${JSON.stringify(journal)}${params && `, ${params}`} }`, ...lines].join('\n');
const ofParam = '"${{ params.ms }}"';

/** Name, workspace, parameters and lines of each workflow. */
const WORKFLOWS = [
  ['chain', 'load', '', ['  tasks:', task('first', 'work', 5), task('second', 'work', 20, 'needs: [first]'), task('third', 'work', 5, 'needs: [second]')]],
  ['fan', 'load', '', ['  tasks:', task('part', 'work', 20, 'forEach: 6'), '    - { name: join, needs: [part] }', task('last', 'work', 0, 'needs: [join]')]],
  ['slow', 'load', 'ms: 1000', ['  tasks:', task('only', 'work', ofParam), task('after', 'work', 0, 'needs: [only]')]],
  ['process', 'load', 'seconds: "0.3"', ['  tasks:', processTask(PROCESS, ', SECONDS_TO_WORK: "${{ params.seconds }}"')]],
  ['daemons', 'load', '', ['  tasks:', processTask(DAEMONS)]],
  ['wrong', 'load', '', ['  tasks:', task('fine', 'work', 5), task('bad', 'wrong', 0, 'needs: [fine]', RETRY_LOSSES)]],
  ['flaky', 'load', '', ['  tasks:', task('only', 'flaky', 0)]],
  ['endless', 'load', '', ['  tasks:', task('only', 'work', 600_000)]],
  ['make', 'maker', 'version: { type: string, required: true }', ['  tasks:', task('only', 'work', 5, 'publishes: { model: maker/thing, version: "${{ params.version }}", metrics: { top1: 0.9 } }')]],
  ['use', 'user', '', ['  triggers:', '    - { name: new, model: maker/thing, range: "^1.0.0" }', '  tasks:', task('only', 'work', 5)]],
];
const TICK = ['tick', 'user', '', ['  triggers:', '    - { name: every, interval: { every: 2s, catchup: all } }', '  tasks:', task('only', 'work', 0)]];
/** In its place, so that nothing starts by itself any more. */
const SILENT = ['tick', 'user', '', ['  tasks:', task('only', 'work', 0)]];

export const WORKSPACES = ['load', 'maker', 'user'];

/** Makes workspaces, workflows, the grant between the teams, and the destination at which every ending is told. */
export async function prepare(client, journal, receiver) {
  for (const workspace of WORKSPACES) {
    await client.workspace(workspace);
    await client.everywhere(`/${workspace}/runs`);
    await client.post(`/${workspace}/destinations`, { name: 'hook', kind: 'webhook', events: ['run.succeeded', 'run.failed', 'run.cancelled'], url: receiver.url });
  }
  await client.post('/maker/models/thing/versions', { version: '1.0.0', metrics: { top1: 0.8 } });
  await client.post('/maker/models/thing/grants', { grantee: 'user' });
  for (const workflow of WORKFLOWS) await apply(client, journal, workflow);
}

export const wake = (client, journal) => apply(client, journal, TICK);
export const silence = (client, journal) => apply(client, journal, SILENT);

const apply = (client, journal, [name, workspace, params, lines]) => client.apply(workspace, yaml(name, params, journal, lines), { 'tasks.mjs': CODE });

/** The kinds of runs: how often, and how each has to end. */
export const KINDS = [
  { kind: 'chain', share: 40, ends: 'succeeded', params: () => ({}) },
  { kind: 'fan', share: 15, ends: 'succeeded', params: () => ({}) },
  { kind: 'slow', share: 30, ends: 'succeeded', params: (next) => ({ ms: Math.round(1_000 + 5_000 * next()) }) },
  { kind: 'process', share: 8, ends: 'succeeded', params: (next) => ({ seconds: (0.5 + 4 * next()).toFixed(2) }) },
  { kind: 'wrong', share: 6, ends: 'failed', params: () => ({}) },
  { kind: 'flaky', share: 6, ends: 'succeeded', params: () => ({}) },
  { kind: 'make', share: 6, ends: 'succeeded', workspace: 'maker', params: (_, n) => ({ version: `1.${n}.0` }) },
  { kind: 'endless', share: 4, ends: 'cancelled', params: () => ({}) },
];
