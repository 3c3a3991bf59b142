import { createHmac, timingSafeEqual } from 'node:crypto';

/** A signed statement: base64url JSON, dot, HMAC-SHA-256. The purpose is part of the signed text, so that one kind never passes for another. */
function mint(key: Buffer, purpose: string, claims: object): string {
  const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${purpose}_${body}.${mac(key, purpose, body)}`;
}

function verify(key: Buffer, purpose: string, credential: string): unknown {
  const match = /^([a-z]+)_([\w-]+)\.([\w-]+)$/.exec(credential);
  if (!match || match[1] !== purpose) return undefined;
  const expected = Buffer.from(mac(key, purpose, match[2]!));
  const given = Buffer.from(match[3]!);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
  return JSON.parse(Buffer.from(match[2]!, 'base64url').toString('utf8'));
}

const mac = (key: Buffer, purpose: string, body: string) => createHmac('sha256', key).update(`${purpose}_${body}`).digest('base64url');

export interface NodeClaims {
  readonly id: string;
  readonly pool: string;
}
/** Credential of a node's agent: `nvn_…`. */
export const mintNodeCredential = (key: Buffer, claims: NodeClaims): string => mint(key, 'nvn', claims);
export const verifyNodeCredential = (key: Buffer, credential: string): NodeClaims | undefined => verify(key, 'nvn', credential) as NodeClaims | undefined;

export interface AttemptClaims {
  readonly workspace: string;
  readonly run: string;
  readonly task: string;
  readonly attempt: number;
  /** ms since the epoch. */
  readonly expires: number;
}
/** Bearer of one attempt: `nva_…`. */
export const mintAttemptCredential = (key: Buffer, claims: AttemptClaims): string => mint(key, 'nva', claims);
export function verifyAttemptCredential(key: Buffer, credential: string, now: number): AttemptClaims | undefined {
  const claims = verify(key, 'nva', credential) as AttemptClaims | undefined;
  return claims && claims.expires > now ? claims : undefined;
}

/** The token of `Authorization: Bearer …`. */
export function bearer(header: string | undefined): string | undefined {
  return /^Bearer ([\x21-\x7e]+)$/.exec(header ?? '')?.[1];
}

/** Credential among the installation's own processes, for what one of them holds in memory: `nvs_…`. */
export const stateCredential = (key: Buffer): string => mint(key, 'nvs', {});
export const readsState = (key: Buffer, header: string | undefined): boolean => verify(key, 'nvs', bearer(header) ?? '') !== undefined;

/** One input that one process of the installation hands to another. */
export interface ForwardClaims {
  readonly service: string;
  readonly partition: number;
  /** SHA-256 of the input's text. */
  readonly digest: string;
}
/** Credential of one forwarded input, for a short time (ms since the epoch): `nvf_…`. */
export const mintForward = (key: Buffer, claims: ForwardClaims & { readonly expires: number }): string => mint(key, 'nvf', claims);
/** The digest of the input that may be given to the partition with it; known before any of the input is read. */
export function verifyForward(key: Buffer, credential: string, asked: Omit<ForwardClaims, 'digest'>, now: number): string | undefined {
  const claims = verify(key, 'nvf', credential) as (ForwardClaims & { readonly expires: number }) | undefined;
  return claims && claims.expires > now && claims.service === asked.service && claims.partition === asked.partition ? claims.digest : undefined;
}
