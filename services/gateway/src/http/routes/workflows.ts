import { name, record, sha256 } from '@novacron/contracts';
import type { Json } from '@novacron/kernel';
import { parseWorkflow } from '@novacron/workflow';
import { z } from 'zod';
import { HttpProblem, unknown } from '../problem.ts';
import { mutation, NO_BODY, paging, read, transfer, type Wish } from '../route.ts';
import type { Edge } from '../edge.ts';

export const BUNDLE_LIMIT = 16 * 1024 * 1024;
const workflowBody = z.strictObject({ yaml: z.string(), components: z.string().optional(), bundle: sha256.optional() });

async function apply({ yaml, components, bundle }: z.output<typeof workflowBody>, { artifacts }: Edge): Promise<Wish> {
  const parsed = parseWorkflow({ yaml, ...(components !== undefined && { components }) });
  if (!parsed.ok) {
    const [first] = parsed.diagnostics;
    throw new HttpProblem(422, 'WorkflowInvalid', first ? `${first.file}:${first.line}:${first.column}: ${first.message}` : 'The workflow is not valid.', { diagnostics: parsed.diagnostics });
  }
  if (bundle !== undefined && !(await artifacts.has(bundle))) throw new HttpProblem(422, 'BundleUnknown', `There is no bundle ${bundle}; upload it first.`);
  const definition = { ...parsed.definition, ...(bundle !== undefined && { bundle }) };
  // By hash: text and definition together could be more than a commit holds.
  const { hash: source } = await artifacts.put(Buffer.from(yaml));
  return { event: { type: 'WorkflowApplyRequested', workflow: definition.name, definition: definition as unknown as Json, source } };
}

async function textOf({ artifacts }: Edge, hash: string): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of await artifacts.get(hash)) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

export const workflows = [
  mutation({
    operation: 'applyWorkflow', method: 'POST', path: '/{ws}/workflows', role: 'author', scope: 'workspace', yaml: 'yaml', body: workflowBody,
    query: z.strictObject({ bundle: sha256.optional() }),
    summary: 'Check a workflow and make it the current version of its name; problems come with line, column and suggestion.',
    wish: ({ body, query }, edge) => apply({ ...body, ...(query.bundle && { bundle: query.bundle }) }, edge),
  }),
  read({
    operation: 'listWorkflows', method: 'GET', path: '/{ws}/workflows', role: 'viewer', scope: 'workspace', summary: 'Workflows by name.',
    query: z.strictObject(paging),
    read: ({ workspace, query }, { rows }) => rows.page('workflow', { where: { workspace }, order: ['name'], ...query }),
  }),
  read({
    operation: 'getWorkflow', method: 'GET', path: '/{ws}/workflows/{wf}', role: 'viewer', scope: 'workspace', summary: 'A workflow with its definition and source.',
    query: z.strictObject({ version: z.coerce.number().int().positive().optional() }),
    read: async ({ workspace, params, query }, edge) => {
      const { rows } = edge;
      const workflow = await rows.one('workflow', { workspace, name: params.wf });
      const version = workflow && (await rows.one('workflowVersion', { workspace, workflow: params.wf, version: query.version ?? workflow.version! }));
      if (!workflow || !version) throw unknown('Workflow', query.version ? `${params.wf} of version ${query.version}` : params.wf, workspace);
      const { definition, source, appliedAt } = version;
      return { ...workflow, version: version.version, current: workflow.version, appliedAt, definition, source: await textOf(edge, source!) };
    },
  }),
  transfer({
    operation: 'putBundle', method: 'PUT', path: '/{ws}/bundles', role: 'author', scope: 'workspace', accepts: 'application/gzip', bodyLimit: BUNDLE_LIMIT, sends: 'application/json',
    summary: 'Upload a workflow\'s folder (tar.gz, at most 16 MiB); the answer names its hash.',
    transfer: async (_, { artifacts }, request) => artifacts.put(request.body as never, { limit: BUNDLE_LIMIT }),
  }),
  mutation({
    operation: 'startRun', method: 'POST', path: '/{ws}/workflows/{wf}/runs', role: 'operator', scope: 'workspace', summary: 'Start a run.',
    body: z.strictObject({ params: record.default({}), priority: z.number().int().min(-1_000).max(1_000).optional() }).default({ params: {} }),
    wish: ({ params, body }) => ({ event: { type: 'RunRequested', workflow: workflowName(params.wf), params: body.params as Json, ...(body.priority !== undefined && { priority: body.priority }) } }),
  }),
  mutation({
    operation: 'cancelRun', method: 'POST', path: '/{ws}/workflows/{wf}/runs/{run}/cancel', role: 'operator', scope: 'workspace', summary: 'Cancel a run; what ended before keeps its ending.',
    body: z.strictObject({ reason: z.string().max(500).optional() }).optional(),
    wish: ({ params, body, caller }) => ({ event: { type: 'RunCancelRequested', workflow: workflowName(params.wf), run: params.run, reason: body?.reason ?? `cancelled by ${caller.name}` } }),
  }),
  mutation({
    operation: 'retryRun', method: 'POST', path: '/{ws}/workflows/{wf}/runs/{run}/retry', role: 'operator', scope: 'workspace', summary: 'Run the failed part of a finished run again.',
    body: NO_BODY,
    wish: ({ params }) => ({ event: { type: 'RunRetryRequested', workflow: workflowName(params.wf), run: params.run } }),
  }),
];

function workflowName(text: string): string {
  if (!name.safeParse(text).success) throw unknown('Workflow', text);
  return text;
}
