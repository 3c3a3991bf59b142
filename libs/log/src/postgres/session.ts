import type pg from 'pg';
import { Client } from './client.ts';

/** Ms a statement is waited for: many times what the slowest of ours takes. */
const ANSWER_MS = 30_000;
/** Ms of silence after which a peer is asked whether it is still there (Node then asks every second, ten times). */
const ASK_MS = 5_000;

/**
 * A connection that lives long. A server that forgot it without a word (a firewall's reset that arrived on one side, a machine that is gone) would otherwise be waited for until TCP's own
 * two hours are over, and a pool all of whose connections wait like that serves nobody until then. `Client` is for pools, which make their own.
 */
export const sessionOf = (url: string) => ({ connectionString: url, keepAlive: true, keepAliveInitialDelayMillis: ASK_MS, query_timeout: ANSWER_MS, Client }) satisfies pg.PoolConfig;
