import { z } from 'zod';
import { transfer } from '../route.ts';

export const events = [
  transfer({
    operation: 'streamEvents', method: 'GET', path: '/{ws}/events', role: 'viewer', scope: 'workspace', sends: 'text/event-stream',
    onlyNow: 'it tells what happens as it happens. Read what was then from the other routes.',
    summary: 'What happens in the workspace, as server-sent events; `from` (or Last-Event-ID) goes on after an event, and a `reset` event says that some were missed.',
    query: z.strictObject({ from: z.string().max(200).optional(), run: z.string().max(100).optional(), types: z.string().max(2_000).optional() }),
    transfer: async ({ caller, workspace, query }, { live, directory }, request, reply) => {
      const types = query.types ? new Set(query.types.split(',')) : undefined;
      const last = request.headers['last-event-id'];
      live.open(request, reply, { workspace, run: query.run, types, from: query.from ?? (typeof last === 'string' ? last : undefined), mayStay: () => directory.isLive(caller) });
      return reply;
    },
  }),
];
