import { name } from '@novacron/contracts';
import { seal, type DestinationTarget } from '@novacron/service';
import { z } from 'zod';
import { mutation, paging, read } from '../route.ts';

/** Standard Webhooks: 24 to 64 bytes. */
const KEY_BYTES = 24;
const url = z.url({ protocol: /^https?$/ }).max(2_000);
const secret = z.string().regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'a signing key is whsec_ and base64 of 24 to 64 bytes');
const common = { name, url, events: z.array(z.string().max(100)).min(1).max(100) };
const destination = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('slack'), ...common }),
  z.strictObject({ kind: z.literal('webhook'), ...common, secret: secret.optional() }),
]);

/** Enough to tell destinations apart: a Slack URL's path is its password. */
const shownOf = (target: string): string => `${new URL(target).origin}/…${target.slice(-4)}`;

export const destinations = [
  mutation({
    operation: 'addDestination', method: 'POST', path: '/{ws}/destinations', role: 'author', scope: 'workspace',
    summary: 'Tell a Slack channel or a webhook of events; a webhook\'s signing key that is made here is shown in this answer only.',
    body: destination,
    wish: ({ body }, { ports, secrets }) => {
      const made = body.kind === 'webhook' && !body.secret ? `whsec_${Buffer.from(ports.random.bytes(KEY_BYTES)).toString('base64')}` : undefined;
      const key = made ?? (body.kind === 'webhook' ? body.secret : undefined);
      const target: DestinationTarget = { url: body.url, ...(key && { secret: key }) };
      const sealed = seal(secrets.sealingKey, JSON.stringify(target), ports.random);
      return {
        event: { type: 'DestinationAddRequested', destination: body.name, kind: body.kind, sealed, shown: shownOf(body.url), events: body.events },
        ...(made && { shown: { secret: made } }),
      };
    },
  }),
  read({
    operation: 'listDestinations', method: 'GET', path: '/{ws}/destinations', role: 'viewer', scope: 'workspace', summary: 'Destinations, without what is secret of them.',
    read: async ({ workspace }, { rows }) => ({ items: await rows.all('destination', { workspace }, ['name']) }),
  }),
  mutation({
    operation: 'removeDestination', method: 'DELETE', path: '/{ws}/destinations/{destination}', role: 'author', scope: 'workspace', summary: 'Stop telling a destination.',
    wish: ({ params }) => ({ event: { type: 'DestinationRemoveRequested', destination: params.destination } }),
  }),
  mutation({
    operation: 'testDestination', method: 'POST', path: '/{ws}/destinations/{destination}/test', role: 'author', scope: 'workspace', summary: 'Send a test message.',
    wish: ({ params }) => ({ event: { type: 'DestinationTestRequested', destination: params.destination } }),
  }),
  read({
    operation: 'listNotifications', method: 'GET', path: '/{ws}/notifications', role: 'viewer', scope: 'workspace', summary: 'Deliveries, newest first.',
    query: z.strictObject({ ...paging, destination: name.optional(), status: z.enum(['pending', 'delayed', 'delivered', 'abandoned']).optional() }),
    read: ({ workspace, query: { destination: to, status, ...page } }, { rows }) =>
      rows.page('delivery', { where: { workspace, ...(to && { destination: to }), ...(status && { status }) }, order: ['-requestedAt', '-id'], ...page }),
  }),
];
