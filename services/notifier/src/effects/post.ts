import { lookup as resolve } from 'node:dns/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Ports } from '@novacron/kernel';
import { listed, placeOf, reachable, type Address, type AllowList } from './addresses.ts';

const TIMEOUT_MS = 10_000;
const RESPONSE_BYTES = 64 * 1024;

export interface Answer {
  readonly status: number;
  /** ms, from Retry-After. */
  readonly retryAfter?: number;
}

/** Why nothing (useful) was answered; never holds the URL, which is a secret. */
export class PostFailed extends Error {
  /** Trying again cannot help. */
  readonly final: boolean;
  constructor(message: string, final = false) {
    super(message);
    this.final = final;
  }
}

export interface Posting {
  readonly ports: Ports;
  readonly allow: AllowList;
  /** Every address of a name. */
  readonly lookup?: (host: string) => Promise<readonly Address[]>;
}

/** One POST to an address that was checked: resolved once, every address must be allowed, and the connection goes to the checked ones. Redirects are not followed. */
export async function post(url: URL, headers: Readonly<Record<string, string>>, body: string, { ports, allow, lookup = lookupAll }: Posting): Promise<Answer> {
  const named = allow.places.has(placeOf(url));
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new PostFailed('the URL must begin with https://', true);
  if (url.username || url.password) throw new PostFailed('the URL must not hold a user name or password', true);
  const addresses = await addressesOf(url, lookup);
  const local = named || addresses.every((each) => listed(each, allow));
  if (!local && url.protocol === 'http:') throw new PostFailed('the URL must begin with https://; plain http goes to hosts listed in NOVACRON_WEBHOOK_ALLOW only', true);
  if (!named && !addresses.every((each) => reachable(each, allow))) throw new PostFailed('the host has a private address, which is refused unless NOVACRON_WEBHOOK_ALLOW lists it', true);
  return request(url, headers, body, addresses, ports);
}

async function addressesOf(url: URL, lookup: (host: string) => Promise<readonly Address[]>): Promise<readonly Address[]> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host)) return [{ address: host, family: isIP(host) }];
  const found = await lookup(host).catch((error: NodeJS.ErrnoException) => { throw new PostFailed(`the host's name cannot be resolved (${error.code ?? 'error'})`); });
  if (found.length === 0) throw new PostFailed('the host\'s name has no address');
  return found;
}

const lookupAll = (host: string) => resolve(host, { all: true });

function request(url: URL, headers: Readonly<Record<string, string>>, body: string, addresses: readonly Address[], ports: Ports): Promise<Answer> {
  const checked: LookupFunction = (_host, options, done) => {
    if (options.all) done(null, [...addresses]);
    else done(null, addresses[0]!.address, addresses[0]!.family);
  };
  return new Promise((resolveAnswer, reject) => {
    const { request: start } = url.protocol === 'https:' ? https : http;
    const out = start(url, { method: 'POST', agent: false, lookup: checked, headers: { ...headers, 'content-length': Buffer.byteLength(body) } });
    const cancel = ports.timers.after(TIMEOUT_MS, () => out.destroy(new PostFailed(`no answer within ${TIMEOUT_MS / 1000} s`)));
    const fail = (error: NodeJS.ErrnoException) => {
      cancel();
      reject(error instanceof PostFailed ? error : new PostFailed(`the connection failed (${error.code ?? 'error'})`));
    };
    out.on('error', fail);
    out.on('response', (response) => {
      const answer = answerOf(response, ports.clock.now());
      let size = 0;
      const end = () => {
        cancel();
        resolveAnswer(answer);
      };
      response.on('data', (part: Buffer) => {
        size += part.length;
        // The status is known; what a receiver says beyond this is not read.
        if (size > RESPONSE_BYTES) response.destroy();
      });
      response.on('error', () => undefined).on('close', end);
    });
    out.end(body);
  });
}

function answerOf({ statusCode, headers }: http.IncomingMessage, now: number): Answer {
  const after = headers['retry-after'];
  if (after === undefined) return { status: statusCode! };
  const ms = /^\d+$/.test(after) ? Number(after) * 1_000 : Date.parse(after) - now;
  return { status: statusCode!, ...(ms > 0 && { retryAfter: ms }) };
}
