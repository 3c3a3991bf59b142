import { z } from 'zod';
import { command, name, problem, record } from '../fields.ts';
import { message, toAsker, type Of } from '../message.ts';

const ofDestination = { workspace: z.string(), destination: name };

export const DestinationAdded = message('DestinationAdded', { command, ...ofDestination, kind: z.enum(['slack', 'webhook']), sealed: z.string(), shown: z.string(), events: z.array(z.string()) }, { said: 'notifier', to: toAsker, summary: 'The destination is told of these events; `shown` is what may be displayed of it.' });
export const DestinationRemoved = message('DestinationRemoved', { command, ...ofDestination }, { said: 'notifier', to: toAsker, summary: 'The destination is told of nothing more.' });
export const DestinationRefused = message('DestinationRefused', { command, ...ofDestination, problem }, { said: 'notifier', to: toAsker, summary: 'The destination stays as it is.' });
/** `delivery` is the one id of the message at its destination, over all tries. */
const delivery = { ...ofDestination, delivery: z.string() };
export const DeliveryRequested = message('DeliveryRequested', { command, ...delivery, event: z.string(), subject: z.string(), text: z.string(), payload: record }, { said: 'notifier', to: toAsker, summary: 'The destination must be told this, once.' });
export const DeliverySucceeded = message('DeliverySucceeded', { ...delivery, tries: z.number(), status: z.number() }, { said: 'notifier', summary: 'The destination took it.' });
export const DeliveryDelayed = message('DeliveryDelayed', { ...delivery, tries: z.number(), at: z.number(), error: z.string() }, { said: 'notifier', summary: 'Tried in vain; tried again at that time.' });
export const DeliveryAbandoned = message('DeliveryAbandoned', { ...delivery, tries: z.number(), error: z.string() }, { said: 'notifier', summary: 'Given up after the last try.' });

export type DestinationAdded = Of<typeof DestinationAdded>;
export type DestinationRemoved = Of<typeof DestinationRemoved>;
export type DestinationRefused = Of<typeof DestinationRefused>;
export type DeliveryRequested = Of<typeof DeliveryRequested>;
export type DeliverySucceeded = Of<typeof DeliverySucceeded>;
export type DeliveryDelayed = Of<typeof DeliveryDelayed>;
export type DeliveryAbandoned = Of<typeof DeliveryAbandoned>;
