import { z } from 'zod';
import type { Row } from '../../projections/tables.ts';
import type { Edge } from '../edge.ts';
import { HttpProblem, unknown } from '../problem.ts';
import { progressOf } from '../progress.ts';
import { oneOf, paging, read, transfer } from '../route.ts';
import { attemptView, runView, taskView } from '../views.ts';
import { sendLog } from '../task-log.ts';
import { traceOf } from '../trace.ts';
import { whyOf } from '../why.ts';

const runStatuses = oneOf('running', 'succeeded', 'failed', 'cancelled', 'timed out');
/** Tasks that come with a run; more are read page by page. */
const WITH_RUN = 1_000;

async function runOf({ rows }: Edge, workspace: string, id: string) {
  const run = await rows.one('run', { id, workspace });
  if (!run) throw unknown('Run', id, workspace);
  return run;
}

async function taskOf(edge: Edge, workspace: string, run: string, name: string) {
  await runOf(edge, workspace, run);
  const task = await edge.rows.one('task', { run, name });
  if (!task) throw unknown('Task', name, `run ${run}`);
  return task;
}

async function tasksOf(edge: Edge, run: string, limit: number, cursor?: string) {
  const { rows } = edge;
  const page = await rows.page('task', { where: { run }, order: ['ordinal', 'index', 'name'], limit, cursor });
  const names = page.items.map((task) => task.name);
  const attempts = new Map<string, Row<'attempt'>[]>();
  for (const attempt of names.length ? await rows.all('attempt', { run, task: names }) : []) attempts.set(attempt.task, [...(attempts.get(attempt.task) ?? []), attempt]);
  const items = page.items.map((task) => taskView(task, attempts.get(task.name) ?? []));
  const progress = items.some(({ status }) => status === 'running') ? await progressOf(edge, run) : {};
  return { items: items.map((task) => ({ ...task, progress: task.status === 'running' ? (progress[`${task.name}/${task.attempt}`] ?? null) : null })), ...(page.next && { next: page.next }) };
}

const getRun = async (edge: Edge, workspace: string, id: string) => {
  const run = await runOf(edge, workspace, id);
  const [tasks, counts] = await Promise.all([tasksOf(edge, id, WITH_RUN), edge.rows.counts('task', 'status', { run: id })]);
  return { ...runView(run), counts, tasks: tasks.items, ...(tasks.next && { tasksNext: tasks.next }) };
};

export const runs = [
  read({
    operation: 'listRuns', method: 'GET', path: '/{ws}/runs', role: 'viewer', scope: 'workspace', summary: 'Runs, newest first.',
    query: z.strictObject({ ...paging, workflow: z.string().max(100).optional(), status: runStatuses.optional() }),
    read: async ({ workspace, query: { workflow, status, ...page } }, { rows }) => {
      const found = await rows.page('run', { where: { workspace, ...(workflow && { workflow }), ...(status && { status }) }, order: ['-createdAt', '-id'], ...page });
      return { ...found, items: found.items.map(runView) };
    },
  }),
  read({
    operation: 'listWorkflowRuns', method: 'GET', path: '/{ws}/workflows/{wf}/runs', role: 'viewer', scope: 'workspace', summary: 'Runs of one workflow, newest first.',
    query: z.strictObject({ ...paging, status: runStatuses.optional() }),
    read: async ({ workspace, params, query: { status, ...page } }, { rows }) => {
      const found = await rows.page('run', { where: { workspace, workflow: params.wf, ...(status && { status }) }, order: ['-createdAt', '-id'], ...page });
      return { ...found, items: found.items.map(runView) };
    },
  }),
  read({
    operation: 'getRun', method: 'GET', path: '/{ws}/runs/{run}', role: 'viewer', scope: 'workspace', summary: 'A run with its tasks.',
    read: ({ workspace, params }, edge) => getRun(edge, workspace, params.run),
  }),
  read({
    operation: 'getWorkflowRun', method: 'GET', path: '/{ws}/workflows/{wf}/runs/{run}', role: 'viewer', scope: 'workspace', summary: 'A run with its tasks, by its workflow.',
    read: async ({ workspace, params }, edge) => {
      const run = await getRun(edge, workspace, params.run);
      if (run.workflow !== params.wf) throw unknown('Run', params.run, `${workspace}/${params.wf}`);
      return run;
    },
  }),
  read({
    operation: 'listTasks', method: 'GET', path: '/{ws}/runs/{run}/tasks', role: 'viewer', scope: 'workspace', summary: 'Tasks of a run, in the order of the definition.',
    query: z.strictObject(paging),
    read: async ({ workspace, params, query }, edge) => {
      await runOf(edge, workspace, params.run);
      return tasksOf(edge, params.run, query.limit, query.cursor);
    },
  }),
  read({
    operation: 'getTask', method: 'GET', path: '/{ws}/runs/{run}/tasks/{task}', role: 'viewer', scope: 'workspace', summary: 'A task with its attempts and the model versions it uses.',
    read: async ({ workspace, params }, edge) => {
      const task = await taskOf(edge, workspace, params.run, params.task);
      const ofTask = { run: params.run, task: params.task };
      const [attempts, models] = await Promise.all([edge.rows.all('attempt', ofTask, ['attempt']), edge.rows.all('modelPin', ofTask, ['alias'])]);
      return { ...taskView(task, attempts), attempts: attempts.map(attemptView), models: models.map(({ alias, model, version }) => ({ as: alias, model, version })) };
    },
  }),
  transfer({
    operation: 'getTaskLog', method: 'GET', path: '/{ws}/runs/{run}/tasks/{task}/logs', role: 'viewer', scope: 'workspace', sends: 'text/plain',
    summary: 'What the task wrote, of its last attempt unless said otherwise; `follow=true` goes on as server-sent events until the task has ended.',
    query: z.strictObject({ attempt: z.coerce.number().int().positive().optional(), follow: z.enum(['true', 'false']).optional() }),
    transfer: async ({ caller, workspace, params, query }, edge, request, reply) => {
      const task = await taskOf(edge, workspace, params.run, params.task);
      if (edge.moment && query.follow === 'true') throw new HttpProblem(400, 'OnlyNow', '`follow` goes on from now: leave it out to read what a past log held, or leave out `at`.');
      return sendLog(edge, request, reply, { caller, task, attempt: query.attempt ?? task.attempt ?? 1, follow: query.follow === 'true' });
    },
  }),
  read({
    operation: 'whyTask', method: 'GET', path: '/{ws}/runs/{run}/tasks/{task}/why', role: 'viewer', scope: 'workspace', summary: 'What a task waits for.',
    read: async ({ workspace, params }, edge) => {
      const run = await runOf(edge, workspace, params.run);
      return whyOf(edge.rows, run, await taskOf(edge, workspace, params.run, params.task));
    },
  }),
  read({
    operation: 'traceRun', method: 'GET', path: '/{ws}/runs/{run}/trace', role: 'viewer', scope: 'workspace', summary: 'Why the run exists, cause by cause, across teams.',
    read: async ({ workspace, params, caller }, edge) => traceOf(edge.rows, await runOf(edge, workspace, params.run), (other) => edge.directory.roleIn(caller, other) !== undefined),
  }),
];
