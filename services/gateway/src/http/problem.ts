import type { FastifyReply } from 'fastify';
import type { Problem } from '../domain/command/messages.ts';

/** An answer of RFC 9457, thrown where a request cannot go on. */
export class HttpProblem extends Error {
  readonly problem: Problem;
  readonly more: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, detail: string, more: Readonly<Record<string, unknown>> = {}, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.problem = { status, code, detail };
    this.more = more;
    this.headers = headers;
  }
}

export const unknown = (what: string, name: string, where?: string) =>
  new HttpProblem(404, `${what}Unknown`, `There is no ${what.toLowerCase()} ${name}${where ? ` in ${where}` : ''}.`);

/** The caller may try the same again, under the same key. */
export const unavailable = (detail: string, headers: Readonly<Record<string, string>> = {}) => new HttpProblem(503, 'Unavailable', detail, {}, { 'retry-after': '1', ...headers });

export function sendProblem(reply: FastifyReply, { code, status, detail }: Problem, more: Readonly<Record<string, unknown>> = {}): FastifyReply {
  return reply.code(status).type('application/problem+json').send(JSON.stringify({ type: `urn:novacron:problem:${code}`, title: words(code), status, code, detail, ...more }));
}

const words = (code: string) => code.replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
