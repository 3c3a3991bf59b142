import { delay, sha256, type Message, type Ports, type Refusal } from '@novacron/kernel';
import { NotOwned, Overloaded, type Host } from '@novacron/log';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Unavailable, type Owners, type Submitted } from './api.ts';
import { bearer, mintForward, verifyForward } from './credentials.ts';
import type { Answer, Post } from './post.ts';

export const FORWARD_PATH = '/internal/submit';
/** Its own type, so that the body is signed and checked as the text that was sent. */
const CONTENT_TYPE = 'application/vnd.novacron.submit';
/** A commit holds 256 KiB; a command that is longer is refused by the log, not here. */
const BODY_LIMIT = 4 * 1024 * 1024;
/** How long the credential of one try is good. */
const CREDENTIAL_MS = 15_000;
/** How long an owner may take to answer one try: a paused one never does. */
const TRY_MS = 3_000;
/** A take-over takes 2 s after a kill, 6 s after a pause. */
const PATIENCE_MS = 8_000;
const AGAIN_MS = 50;
const MISDIRECTED = 421;

/** Gives a direct input to the process that owns the partition. */
export type Forward = (service: string, partition: number, message: Message) => Promise<Submitted | Refusal>;

export interface ForwardingParts {
  readonly host: Pick<Host, 'owned' | 'submit'>;
  readonly owners: Pick<Owners, 'at'>;
  readonly credentialKey: Buffer;
  readonly ports: Ports;
  readonly post: Post;
  /** Where this process is reached: what it does not own it does not ask itself for. */
  readonly self: () => string;
}

/**
 * Decides what this process owns, and asks the owner that the newest claim names for the rest, and again while ownership moves. An answer that was lost with its connection is asked for again:
 * deciders say nothing new to the same message twice. Rejects with `Unavailable` where nobody owns the partition for 8 s.
 */
export function forwarding({ host, owners, credentialKey, ports, post, self }: ForwardingParts): Forward {
  const ask = (address: string, service: string, partition: number, text: string): Promise<Answer> => {
    const credential = mintForward(credentialKey, { service, partition, digest: sha256(text), expires: ports.clock.now() + CREDENTIAL_MS });
    const url = `${address}${FORWARD_PATH}/${service}/${partition}`;
    return post(url, { 'content-type': CONTENT_TYPE, authorization: `Bearer ${credential}` }, text, TRY_MS);
  };
  /** The answer, or why there is none yet. */
  const elsewhere = async (service: string, partition: number, text: string): Promise<Submitted | Refusal | string> => {
    let answer: Answer;
    try {
      const address = await owners.at(service, partition);
      if (address === undefined || address === self()) return 'no process owns it';
      answer = await ask(address, service, partition, text);
      if (answer.status === 200) return JSON.parse(answer.body) as Submitted | Refusal;
    } catch (error) {
      return (error as Error).message;
    }
    if (answer.status === MISDIRECTED) return 'its owner has just changed';
    throw new Unavailable(`the owner of ${service}/${partition} answered ${answer.status}`);
  };
  return async (service, partition, message) => {
    const text = JSON.stringify(message);
    const until = ports.clock.monotonic() + PATIENCE_MS;
    for (let wait = AGAIN_MS; ; wait = Math.min(2 * wait, 500)) {
      const answer = (await here(host, service, partition, message)) ?? (await elsewhere(service, partition, text));
      if (typeof answer !== 'string') return answer;
      if (ports.clock.monotonic() >= until) throw new Unavailable(`${service}/${partition} cannot be reached: ${answer}`);
      await delay(ports.timers, wait);
    }
  };
}

async function here(host: ForwardingParts['host'], service: string, partition: number, message: Message): Promise<Submitted | Refusal | undefined> {
  if (!host.owned(service).has(partition)) return undefined;
  try {
    return (await host.submit(service, partition, message)) as Submitted | Refusal;
  } catch (error) {
    if (error instanceof Overloaded) throw new Unavailable(error.message);
    if (error instanceof NotOwned) return undefined;
    throw error;
  }
}

/** `POST /internal/submit/<service>/<partition>`: what another process of this installation was asked and this one owns. 421 where it does not. */
export function forwardRoute(fastify: FastifyInstance, host: Pick<Host, 'submit'>, { credentialKey }: { readonly credentialKey: Buffer }, { clock }: Ports): void {
  fastify.addContentTypeParser(CONTENT_TYPE, { parseAs: 'string', bodyLimit: BODY_LIMIT }, (_request, body, done) => done(null, body));
  const targetOf = ({ params }: FastifyRequest) => {
    const { service, partition } = params as { service: string; partition: string };
    return { service, partition: Number(partition) };
  };
  const digestFor = (request: FastifyRequest) => verifyForward(credentialKey, bearer(request.headers.authorization) ?? '', targetOf(request), clock.now());
  const turnAway = (reply: FastifyReply) => reply.code(401).send({ title: 'CredentialInvalid', status: 401 });
  // Before the body is read: who may not come in does not get to send anything.
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => (digestFor(request) === undefined ? turnAway(reply) : undefined);
  fastify.post(`${FORWARD_PATH}/:service/:partition`, { bodyLimit: BODY_LIMIT, onRequest }, async (request, reply) => {
    const { service, partition } = targetOf(request);
    const text = typeof request.body === 'string' ? request.body : '';
    if (digestFor(request) !== sha256(text)) return turnAway(reply);
    try {
      return await host.submit(service, partition, JSON.parse(text) as Message);
    } catch (error) {
      if (error instanceof Overloaded) return reply.code(503).send({ title: 'Overloaded', status: 503 });
      if (error instanceof NotOwned) return reply.code(MISDIRECTED).send({ title: 'NotOwned', status: MISDIRECTED });
      throw error;
    }
  });
}
