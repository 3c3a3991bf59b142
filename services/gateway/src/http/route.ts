import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Json, Message } from '@novacron/kernel';
import type { Role } from '@novacron/contracts';
import { z } from 'zod';
import type { Edge } from './edge.ts';
import type { Caller } from './key-directory.ts';

export const PREFIX = '/api/v1';
/** Bodies of routes that say nothing else. */
export const BODY_LIMIT = 1024 * 1024;

/** Whose things a route is about: a workspace's (`{ws}` in the path), the installation's (a matter of the system workspace), or for every key alike. */
export type Scope = 'workspace' | 'system' | 'any';
type ParamsOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | ParamsOf<Rest> : never;

/** A request that passed the door. */
export interface Asked<Path extends string = string, Query = unknown, Body = unknown> {
  readonly caller: Caller;
  /** The workspace that the route acts in. */
  readonly workspace: string;
  /** Of the node, where its agent asks. */
  readonly pool?: string;
  readonly params: { readonly [Name in ParamsOf<Path>]: string };
  readonly query: Query;
  readonly body: Body;
}

interface RouteOf<Path extends string, Query extends z.ZodObject> {
  /** Unique name: operationId, and what the audit trail says. */
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: Path;
  readonly summary: string;
  /** The least role, or `node` for a node's agent. */
  readonly role: Role | 'node';
  readonly scope: Scope;
  readonly query: Query;
  /** Why the route has no past; every other GET takes `at`. */
  readonly onlyNow?: string;
}

/** What a mutation says when it is allowed, without command, workspace and actor. */
export interface Wish {
  readonly event: Message;
  /** Told once, with the first answer, and kept nowhere. */
  readonly shown?: Readonly<Record<string, Json>>;
}

export interface Mutation<Path extends string = string, Query extends z.ZodObject = z.ZodObject, Body extends z.ZodType = z.ZodType> extends RouteOf<Path, Query> {
  readonly kind: 'mutation';
  readonly body: Body;
  /** Name of the body's field that a YAML text stands for. */
  readonly yaml?: string;
  /** Workspace to act in, where the path does not name it. */
  readonly workspace?: (body: z.output<Body>) => string;
  wish(asked: Asked<Path, z.output<Query>, z.output<Body>>, edge: Edge): Wish | Promise<Wish>;
}

export interface Read<Path extends string = string, Query extends z.ZodObject = z.ZodObject> extends RouteOf<Path, Query> {
  readonly kind: 'read';
  read(asked: Asked<Path, z.output<Query>>, edge: Edge): unknown;
}

/** A route that writes its answer itself: uploads and streams. */
export interface Transfer<Path extends string = string, Query extends z.ZodObject = z.ZodObject> extends RouteOf<Path, Query> {
  readonly kind: 'transfer';
  /** Media type of the request's body, which is handed on as a stream; absent: no body. */
  readonly accepts?: string;
  readonly bodyLimit?: number;
  readonly sends: string;
  transfer(asked: Asked<Path, z.output<Query>>, edge: Edge, request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
}

export type Route = Mutation | Read | Transfer;

export const NO_QUERY = z.strictObject({});
export const NO_BODY = z.strictObject({}).optional();

type Optional<T, K extends PropertyKey> = Omit<T, K & keyof T> & Partial<Pick<T, K & keyof T>>;

export function mutation<Path extends string, Query extends z.ZodObject = typeof NO_QUERY, Body extends z.ZodType = typeof NO_BODY>(
  route: Optional<Omit<Mutation<Path, Query, Body>, 'kind'>, 'query' | 'body'>,
): Route {
  return { query: NO_QUERY, body: NO_BODY, ...route, kind: 'mutation' } as unknown as Mutation;
}

export function read<Path extends string, Query extends z.ZodObject = typeof NO_QUERY>(route: Optional<Omit<Read<Path, Query>, 'kind'>, 'query'>): Route {
  return { query: NO_QUERY, ...route, kind: 'read' } as unknown as Read;
}

export function transfer<Path extends string, Query extends z.ZodObject = typeof NO_QUERY>(route: Optional<Omit<Transfer<Path, Query>, 'kind'>, 'query'>): Route {
  return { query: NO_QUERY, ...route, kind: 'transfer' } as unknown as Transfer;
}

/** Query of every list. */
export const paging = { limit: z.coerce.number().int().min(1).max(1_000).default(50), cursor: z.string().max(1_000).optional() };
/** ms since the epoch, or a date and time of ISO 8601. */
export const instant = z.union([z.coerce.number().int().nonnegative(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))]);
/** `a,b` or `a`. */
export const oneOf = <T extends string>(...values: [T, ...T[]]) => z.string().transform((text) => text.split(',')).pipe(z.array(z.enum(values)));
