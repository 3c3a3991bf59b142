import { z } from 'zod';
import { PREFIX, type Route } from './route.ts';

const problem = { description: 'A problem (RFC 9457)', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } };
const idempotencyKey = { name: 'Idempotency-Key', in: 'header', schema: { type: 'string', maxLength: 255 }, description: 'A repeat with the same key gets the same answer for 24 h.' };
const prefer = { name: 'Prefer', in: 'header', schema: { type: 'string' }, description: '`wait=N`: seconds to wait for the outcome.' };
const position = { name: 'position', in: 'query', schema: { type: 'string' }, description: 'Wait until this position, from `Novacron-Position`, can be read.' };

const at = { name: 'at', in: 'query', schema: { type: 'string' }, description: 'Answer as it was: a position (several joined by commas), or a time with its zone such as 2026-03-01T10:00Z.' };

/** The OpenAPI 3.1 document of a route table. */
export function openApi(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) (paths[PREFIX + route.path] ??= {})[route.method.toLowerCase()] = operationOf(route);
  return {
    openapi: '3.1.0',
    info: { title: 'NovaCron', version: '1', description: 'Every mutation is a command that is in the log before it is answered.' },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key: nvk_…' } },
      schemas: {
        Problem: {
          type: 'object', required: ['type', 'title', 'status', 'code', 'detail'],
          properties: { type: { type: 'string' }, title: { type: 'string' }, status: { type: 'integer' }, code: { type: 'string' }, detail: { type: 'string' } },
        },
      },
    },
  };
}

function operationOf(route: Route): object {
  const parameters = [
    ...[...route.path.matchAll(/\{(\w+)\}/g)].map((match) => ({ name: match[1], in: 'path', required: true, schema: { type: 'string' } })),
    ...queryOf(route),
    ...(route.kind === 'mutation' ? [idempotencyKey, prefer] : [position]),
    ...(route.method === 'GET' && route.onlyNow === undefined ? [at] : []),
  ];
  const body = bodyOf(route);
  return {
    operationId: route.operation, summary: route.summary, tags: [route.scope === 'workspace' ? 'workspace' : 'installation'], 'x-role': route.role, parameters,
    ...(body && { requestBody: { content: body } }), responses: answersOf(route),
  };
}

function queryOf({ query }: Route): object[] {
  const schema = schemaOf(query) as { properties?: Record<string, object>; required?: string[] };
  return Object.entries(schema.properties ?? {}).map(([name, of]) => ({ name, in: 'query', required: schema.required?.includes(name) ?? false, schema: of }));
}

function bodyOf(route: Route): Record<string, object> | undefined {
  if (route.kind === 'transfer') return route.accepts ? { [route.accepts]: { schema: { type: 'string', format: 'binary' } } } : undefined;
  if (route.kind === 'read') return undefined;
  return { 'application/json': { schema: schemaOf(route.body) }, ...(route.yaml && { 'text/yaml': { schema: { type: 'string' } } }) };
}

function answersOf(route: Route): object {
  const json = { 'application/json': { schema: { type: 'object' } } };
  if (route.kind === 'transfer') return { 200: { description: 'Done', content: { [route.sends]: {} } }, default: problem };
  if (route.kind === 'read') return { 200: { description: 'As asked', content: json }, default: problem };
  return { '2XX': { description: 'The outcome', content: json }, 202: { description: 'Committed and not settled yet; Location says where to look', content: json }, default: problem };
}

const schemaOf = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', target: 'draft-2020-12' });
