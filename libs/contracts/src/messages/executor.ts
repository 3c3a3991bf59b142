import { z } from 'zod';
import { attempt, failure, fileRef, record, time } from '../fields.ts';
import { message, type Of } from '../message.ts';

const placed = { ...attempt, workflow: z.string(), pool: z.string(), node: z.string() };
/** Both who may go on and who must free what was held. */
const ended = (e: { run: string; pool: string }) => [{ service: 'resolver', key: e.run }, { service: 'scheduler', key: e.pool }];
const span = { startedAt: time.optional(), endedAt: time };

export const AttemptStarting = message('AttemptStarting', { ...placed, gpus: z.array(z.number()) }, { said: 'executor', summary: 'The agent is ordered to start the attempt.' });
export const AttemptStarted = message('AttemptStarted', { ...placed, startedAt: time }, { said: 'executor', to: (e) => [{ service: 'resolver', key: e.run }], summary: 'User code runs; said only of attempts that outlive the agent\'s first report.' });
export const AttemptSucceeded = message('AttemptSucceeded', { ...placed, ...span, outputs: record, files: z.array(fileRef).optional() }, { said: 'executor', to: ended, summary: 'User code ended well with these outputs.' });
export const AttemptFailed = message('AttemptFailed', { ...placed, ...span, failure }, { said: 'executor', to: ended, summary: 'User code failed, by this class.' });
export const AttemptCancelled = message('AttemptCancelled', { ...placed, ...span, reason: z.string() }, { said: 'executor', to: ended, summary: 'The attempt was stopped, or never started.' });
export const AttemptLost = message('AttemptLost', { ...placed, ...span, reason: z.string() }, { said: 'executor', to: ended, summary: 'Nobody can say how the attempt ended; its number no longer counts.' });
export const LogStored = message('LogStored', { ...attempt, chunk: z.number(), hash: z.string(), size: z.number() }, { said: 'executor', summary: 'A piece of the attempt\'s log is kept by its hash.' });

export type AttemptStarting = Of<typeof AttemptStarting>;
export type AttemptStarted = Of<typeof AttemptStarted>;
export type AttemptSucceeded = Of<typeof AttemptSucceeded>;
export type AttemptFailed = Of<typeof AttemptFailed>;
export type AttemptCancelled = Of<typeof AttemptCancelled>;
export type AttemptLost = Of<typeof AttemptLost>;
export type LogStored = Of<typeof LogStored>;
