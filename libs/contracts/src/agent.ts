import { z } from 'zod';
import { attempt, capacity, failure, fileRef, record, time, work } from './fields.ts';

/**
 * What agents and the services say to each other over one WebSocket each (protocols.md section 6).
 * Agents connect to `<fleet>/agents/fleet` and, for each executor process, to `<executor>/agents/executor`,
 * with `Authorization: Bearer <node credential>`; a frame is one JSON message.
 */
const fence = { partition: z.number(), epoch: z.number(), connection: z.number() };
const mark = { run: z.string(), task: z.string(), attempt: z.number() };

/** An attempt as the agent knows it. */
export const inventoryItem = z.object({ ...mark, state: z.enum(['running', 'ended']) });

export const startOrder = z.object({
  ...fence, ...attempt, workflow: z.string(), work, gpus: z.array(z.number()), memory: z.number(), cpu: z.number(),
  /** Bearer for artifacts and log of this attempt only; HMAC over (run, task, attempt, expiry); never logged. */
  credential: z.string(),
});
export type StartOrder = z.infer<typeof startOrder>;

export const stopOrder = z.object({ ...fence, ...mark, grace: z.number(), reason: z.string() });
export type StopOrder = z.infer<typeof stopOrder>;

/** How an attempt ended, as its agent saw it. */
export const attemptResult = z.object({
  ...mark,
  outcome: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('succeeded'), outputs: record, files: z.array(fileRef).optional() }),
    z.object({ kind: z.literal('failed'), failure }),
    z.object({ kind: z.literal('cancelled'), reason: z.string() }),
    z.object({ kind: z.literal('lost'), reason: z.string() }),
  ]),
  startedAt: time.optional(),
  endedAt: time,
});
export type AttemptResult = z.infer<typeof attemptResult>;

/** Agent to executor. */
export const fromAgent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), node: z.string(), boot: z.string(), attempts: z.array(inventoryItem) }),
  /** Results leave the agent's spool only when `acknowledged` names them. */
  z.object({ type: z.literal('results'), results: z.array(attemptResult) }),
  /** User code runs since then; sent for attempts that outlive 250 ms. */
  z.object({ type: z.literal('started'), attempts: z.array(z.object({ ...mark, startedAt: time })) }),
  z.object({ type: z.literal('beat'), attempts: z.array(z.object({ ...mark, progress: z.number().optional() })) }),
]);
export type FromAgent = z.infer<typeof fromAgent>;

/** Executor to agent. */
export const toAgent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome'), connection: z.number() }),
  z.object({ type: z.literal('start'), orders: z.array(startOrder) }),
  z.object({ type: z.literal('stop'), orders: z.array(stopOrder) }),
  /** The results' commits were read back. */
  z.object({ type: z.literal('acknowledged'), attempts: z.array(z.object(mark)) }),
  /** Runs went to another executor process: ask the gateway where to connect. */
  z.object({ type: z.literal('moved') }),
]);
export type ToAgent = z.infer<typeof toAgent>;

/** Agent to fleet. */
export const toFleet = z.discriminatedUnion('type', [
  z.object({ type: z.literal('register'), node: z.string(), pool: z.string(), boot: z.string(), capacity, attempts: z.array(z.string()) }),
  z.object({ type: z.literal('beat') }),
]);
export type ToFleet = z.infer<typeof toFleet>;

/** Fleet to agent. */
export const fromFleet = z.discriminatedUnion('type', [
  z.object({ type: z.literal('registered') }),
  z.object({ type: z.literal('refused'), reason: z.string() }),
  /** Register again, with the attempts that are still there. */
  z.object({ type: z.literal('inventory') }),
]);
export type FromFleet = z.infer<typeof fromFleet>;

/** Answer of the gateway's `GET /api/v1/agent/services`: where agents connect. */
export const agentServices = z.object({ fleet: z.array(z.string()), executor: z.array(z.string()) });
export type AgentServices = z.infer<typeof agentServices>;

export const BEAT_MS = 3_000;
/** A node that is not heard for so long gets no new attempts until it is heard again; what runs there runs on. */
export const QUIET_MS = 2 * BEAT_MS;
/** An order that the agent never confirmed is lost after so much silence: later than `QUIET_MS`, so that its next attempt goes elsewhere. */
export const UNTAKEN_MS = 8_000;
/** Attempts are lost after so much silence of their node. */
export const SILENCE_MS = 15_000;
/** Text id of an attempt: `run/task/attempt`. */
export const attemptId = (a: { run: string; task: string; attempt: number }): string => `${a.run}/${a.task}/${a.attempt}`;
