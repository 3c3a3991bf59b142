import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { decodePosition } from '@novacron/kernel';
import { AT_FORMS, isOutage, parseAt, type At } from '@novacron/log';
import { Unavailable } from '@novacron/service';
import type { z } from 'zod';
import { carryOut, POSITION, waitOf } from './commands.ts';
import { admit, limitOf, type Admitted } from './door.ts';
import type { Edge } from './edge.ts';
import { jsonFault } from './json.ts';
import { openApi } from './openapi.ts';
import { HttpProblem, sendProblem, unavailable } from './problem.ts';
import { PREFIX, type Asked, type Mutation, type Read, type Route, type Transfer } from './route.ts';
import { routes } from './routes.ts';

const YAML = ['text/yaml', 'application/yaml', 'application/x-yaml', 'text/x-yaml'];
const admissions = new WeakMap<FastifyRequest, Admitted>();
/** Where a text was the body and no JSON. */
class YamlText extends String {}

/** Puts every route of the table behind one guard, one set of limits and one way to say no. */
export function registerApi(fastify: FastifyInstance, edge: Edge, report: (error: Error) => void): void {
  const document = JSON.stringify(openApi(routes));
  fastify.get('/openapi.json', { exposeHeadRoute: false }, async (_, reply) => reply.type('application/json').send(document));
  fastify.register(async (api) => {
    api.removeAllContentTypeParsers();
    readBodies(api);
    api.addHook('onRequest', async (request, reply) => {
      reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
      const route = (request.routeOptions.config as { route?: Route }).route;
      const admitted = await admit(edge, request, reply, route);
      if (admitted) admissions.set(request, admitted);
    });
    api.setErrorHandler<FastifyError>((error, request, reply) => sendError(error, request, reply, edge, report));
    api.setNotFoundHandler((request, reply) => sendProblem(reply, { status: 404, code: 'RouteUnknown', detail: `There is no ${request.method} ${request.url.split('?')[0]!}; see /openapi.json.` }));
    for (const route of routes) {
      api.route({
        method: route.method, url: fastifyPath(route.path), config: { route }, exposeHeadRoute: false, bodyLimit: limitOf(route),
        handler: (request, reply) => handle(edge, route, request, reply),
      });
    }
  }, { prefix: PREFIX });
}

/** `/{ws}/runs` is `/:ws/runs` to the router. */
export const fastifyPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');

function readBodies(api: FastifyInstance): void {
  api.addContentTypeParser('application/json', { parseAs: 'string' }, (_, text, done) => {
    if (text === '') return done(null, undefined);
    try {
      done(null, JSON.parse(text as string));
    } catch {
      const fault = jsonFault(text as string);
      const where = fault ? `line ${fault.line}, column ${fault.column}: ${fault.message}` : 'it cannot be read';
      done(new HttpProblem(400, 'JsonMalformed', `The body is no JSON: ${where}.`, fault && { line: fault.line, column: fault.column }), undefined);
    }
  });
  api.addContentTypeParser(YAML, { parseAs: 'string' }, (_, text, done) => done(null, new YamlText(text)));
  api.addContentTypeParser(['application/gzip', 'application/x-gzip', 'application/octet-stream'], (_, stream, done) => done(null, stream));
}

async function handle(edge: Edge, route: Route, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const admitted = admissions.get(request) ?? ({ workspace: '' } as Admitted);
  const { position, at, ...rest } = request.query as Record<string, unknown>;
  // A mutation has no past: there `at` is a parameter that it does not know.
  const given = route.method !== 'GET' && at !== undefined ? { ...rest, at } : rest;
  const asked: Asked = {
    ...admitted, params: request.params as Asked['params'], query: checked(route.query, given, 'query'),
    body: route.kind === 'mutation' ? checked(route.body, bodyOf(route, request), 'body') : undefined,
  };
  if (route.kind === 'mutation') return carryOut(edge, request, reply, route as Mutation, admitted, asked);
  if (position !== undefined) await waitFor(edge, request, reply, String(position));
  const then = at === undefined || route.method !== 'GET' ? edge : edgeAt(edge, momentOf(edge, route, String(at)));
  if (route.kind === 'read') return reply.type('application/json; charset=utf-8').send(JSON.stringify(await (route as Read).read(asked as never, then)));
  if (route.accepts !== undefined && typeof (request.body as { pipe?: unknown } | undefined)?.pipe !== 'function') throw unsupported(route.accepts);
  return (route as Transfer).transfer(asked as never, then, request, reply);
}

/** The past is read by today's rights: who may see a thing now may see what it was. */
const edgeAt = (edge: Edge, moment: At): Edge => ({ ...edge, moment, rows: edge.past.rowsAt(moment) });

function momentOf(edge: Edge, { onlyNow }: Route, text: string): At {
  if (onlyNow !== undefined) throw new HttpProblem(400, 'OnlyNow', `This route takes no \`at\`: ${onlyNow}`);
  const moment = parseAt(text);
  if (!moment) throw new HttpProblem(400, 'MomentInvalid', `at must be ${AT_FORMS}.`);
  if ('time' in moment && moment.time > edge.ports.clock.now()) throw new HttpProblem(400, 'MomentInvalid', 'at lies in the future: leave it out to read what is now.');
  return moment;
}

function bodyOf(route: Mutation, request: FastifyRequest): unknown {
  const { body } = request;
  if (body instanceof YamlText) {
    if (route.yaml === undefined) throw unsupported('application/json');
    return { [route.yaml]: String(body) };
  }
  if (typeof (body as { pipe?: unknown } | undefined)?.pipe === 'function') throw unsupported('application/json');
  return body ?? undefined;
}

const unsupported = (wanted: string) => new HttpProblem(415, 'MediaTypeUnsupported', `The body must be ${wanted}.`);

function checked(schema: z.ZodType, value: unknown, where: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }));
  const [first] = errors;
  throw new HttpProblem(400, 'RequestInvalid', `The ${where} is not as it must be: ${first!.path ? `${first!.path}: ` : ''}${first!.message}`, { errors });
}

/** Read your writes: waits until the projection holds the position that a mutation answered. */
async function waitFor(edge: Edge, request: FastifyRequest, reply: FastifyReply, token: string): Promise<void> {
  const position = decodePosition(token);
  if (!position) throw new HttpProblem(400, 'PositionInvalid', `position must be what the header ${POSITION} of an answer gave.`);
  if (!(await edge.reached(position, waitOf(request)))) throw unavailable(`The read side has not reached ${token} yet.`);
  reply.header(POSITION, token);
}

function sendError(error: FastifyError | HttpProblem, request: FastifyRequest, reply: FastifyReply, edge: Edge, report: (error: Error) => void): FastifyReply {
  if (error instanceof HttpProblem) {
    reply.headers(error.headers);
    return sendProblem(reply, error.problem, error.more);
  }
  if (error instanceof Unavailable) return sendError(unavailable(error.message), request, reply, edge, report);
  if (error.name === 'TooLarge' || error.statusCode === 413) {
    edge.turnedAway('too large');
    reply.header('connection', 'close');
    return sendProblem(reply, { status: 413, code: 'BodyTooLarge', detail: `The body may have ${limitOf((request.routeOptions.config as { route?: Route }).route)} bytes.` });
  }
  if (error.statusCode === 415) return sendProblem(reply, { status: 415, code: 'MediaTypeUnsupported', detail: `Bodies are application/json, YAML or gzip, not ${request.headers['content-type'] ?? 'without a type'}.` });
  if (error.statusCode && error.statusCode < 500) return sendProblem(reply, { status: error.statusCode, code: 'RequestMalformed', detail: error.message });
  report(error);
  if (isOutage(error)) return sendError(unavailable('The database is away; try again.'), request, reply, edge, report);
  return sendProblem(reply, { status: 500, code: 'Failed', detail: `The request failed here; the log says why under request ${request.id}.` });
}
