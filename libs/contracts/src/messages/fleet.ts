import { z } from 'zod';
import type { Address } from '@novacron/kernel';
import { capacity, command, problem } from '../fields.ts';
import { message, toAsker, type Of } from '../message.ts';

const scheduler = (e: { pool: string }): Address => ({ service: 'scheduler', key: e.pool });
const ofNode = { pool: z.string(), node: z.string() };

export const NodeRegistered = message('NodeRegistered', { ...ofNode, capacity, boot: z.string(), draining: z.boolean(), attempts: z.array(z.string()) }, { said: 'fleet', to: (e) => [scheduler(e)], summary: 'A node\'s agent is there, with this capacity and these attempts (`run/task/attempt`).' });
export const NodeDraining = message('NodeDraining', { command, workspace: z.string(), ...ofNode }, { said: 'fleet', to: (e) => [scheduler(e), ...toAsker(e)], summary: 'Nothing new is placed on the node.' });
export const NodeResumed = message('NodeResumed', { command, workspace: z.string(), ...ofNode }, { said: 'fleet', to: (e) => [scheduler(e), ...toAsker(e)], summary: 'The node is placed on again.' });
export const NodeLost = message('NodeLost', { ...ofNode, reason: z.string() }, { said: 'fleet', to: (e) => [scheduler(e)], summary: 'The node was silent for too long.' });
export const NodeCommandRefused = message('NodeCommandRefused', { command, workspace: z.string(), ...ofNode, problem }, { said: 'fleet', to: toAsker, summary: 'The node stays as it is.' });

export type NodeRegistered = Of<typeof NodeRegistered>;
export type NodeDraining = Of<typeof NodeDraining>;
export type NodeResumed = Of<typeof NodeResumed>;
export type NodeLost = Of<typeof NodeLost>;
export type NodeCommandRefused = Of<typeof NodeCommandRefused>;
