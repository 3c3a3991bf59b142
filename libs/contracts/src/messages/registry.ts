import { z } from 'zod';
import type { Address } from '@novacron/kernel';
import { command, compat, modelName, modelVersion, name, problem } from '../fields.ts';
import { message, toAsker, type Of } from '../message.ts';

const producer = { run: z.string().optional(), task: z.string().optional(), attempt: z.number().optional() };
const toProducer = (e: { run?: string | undefined }): Address[] => (e.run ? [{ service: 'resolver', key: e.run }] : []);
const ofModel = { workspace: z.string(), model: modelName };

export const ModelVersionPublished = message('ModelVersionPublished', { command, workspace: z.string(), ...modelVersion.shape, ...producer }, { said: 'registry', to: (e) => [...toAsker(e), ...toProducer(e), { service: 'notifier', key: e.model.split('/')[0]! }], summary: 'The version exists for ever; `workspace` is the one that asked.' });
export const ModelVersionRefused = message('ModelVersionRefused', { command, ...ofModel, version: z.string(), problem, ...producer }, { said: 'registry', to: (e) => [...toAsker(e), ...toProducer(e)], summary: 'The number is taken, the contract or the lineage is incomplete.' });
export const ModelAliasSet = message('ModelAliasSet', { command, ...ofModel, alias: name, version: z.string(), previous: z.string().nullable() }, { said: 'registry', to: toAsker, summary: 'The alias points at the version.' });
export const ModelGranted = message('ModelGranted', { command, ...ofModel, grantee: name }, { said: 'registry', to: toAsker, summary: 'The workspace may use the model.' });
export const ModelGrantRevoked = message('ModelGrantRevoked', { command, ...ofModel, grantee: name }, { said: 'registry', to: toAsker, summary: 'The workspace may no longer use it; pinned versions stay.' });
export const ModelCommandRefused = message('ModelCommandRefused', { command, ...ofModel, problem }, { said: 'registry', to: toAsker, summary: 'The model stays as it is.' });

const waiter = { wait: z.string(), run: z.string(), task: z.string() };
export const AwaitRegistered = message('AwaitRegistered', { ...ofModel, ...waiter, range: z.string(), compat: compat.optional(), deadline: z.number().optional() }, { said: 'registry', summary: 'No version fits yet; the task is told when one does.' });
export const AwaitForgotten = message('AwaitForgotten', { model: modelName, wait: z.string() }, { said: 'registry', summary: 'The wait was withdrawn, or its deadline is long past.' });
export const ModelAwaitSatisfied = message('ModelAwaitSatisfied', { workspace: z.string(), ...waiter, ...modelVersion.shape }, { said: 'registry', to: (e) => [{ service: 'resolver', key: e.run }], summary: 'This version fits the wait.' });
export const ModelAwaitRefused = message('ModelAwaitRefused', { workspace: z.string(), ...waiter, model: modelName, reason: z.string() }, { said: 'registry', to: (e) => [{ service: 'resolver', key: e.run }], summary: 'The waiter may not use the model, or no longer.' });

const subscriber = { subscription: z.string(), trigger: z.string(), workspace: z.string() };
const toSubscriber = (e: { workspace: string }): Address[] => [{ service: 'triggers', key: e.workspace }];
export const SubscriptionRegistered = message('SubscriptionRegistered', { ...subscriber, model: modelName, range: z.string(), compat: compat.optional() }, { said: 'registry', summary: 'The trigger is told of matching versions.' });
export const SubscriptionEnded = message('SubscriptionEnded', { subscription: z.string(), model: modelName }, { said: 'registry', summary: 'Nobody is told for this subscription any more.' });
export const ModelSubscriptionMatched = message('ModelSubscriptionMatched', { ...subscriber, ...modelVersion.shape }, { said: 'registry', to: (e) => [...toSubscriber(e), { service: 'notifier', key: e.workspace }], summary: 'A version in the subscription\'s range came out.' });
export const ModelSubscriptionConflict = message('ModelSubscriptionConflict', { ...subscriber, model: modelName, version: z.string().optional(), reason: z.string() }, { said: 'registry', to: (e) => [...toSubscriber(e), { service: 'notifier', key: e.model.split('/')[0]! }], summary: 'A version came out that the subscriber cannot take, or it has no grant.' });

export type ModelVersionPublished = Of<typeof ModelVersionPublished>;
export type ModelVersionRefused = Of<typeof ModelVersionRefused>;
export type ModelAliasSet = Of<typeof ModelAliasSet>;
export type ModelGranted = Of<typeof ModelGranted>;
export type ModelGrantRevoked = Of<typeof ModelGrantRevoked>;
export type ModelCommandRefused = Of<typeof ModelCommandRefused>;
export type AwaitRegistered = Of<typeof AwaitRegistered>;
export type AwaitForgotten = Of<typeof AwaitForgotten>;
export type ModelAwaitSatisfied = Of<typeof ModelAwaitSatisfied>;
export type ModelAwaitRefused = Of<typeof ModelAwaitRefused>;
export type SubscriptionRegistered = Of<typeof SubscriptionRegistered>;
export type SubscriptionEnded = Of<typeof SubscriptionEnded>;
export type ModelSubscriptionMatched = Of<typeof ModelSubscriptionMatched>;
export type ModelSubscriptionConflict = Of<typeof ModelSubscriptionConflict>;
