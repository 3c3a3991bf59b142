import type { Route } from './route.ts';
import { access, auditRoutes } from './routes/access.ts';
import { destinations } from './routes/destinations.ts';
import { events } from './routes/events.ts';
import { logRoutes } from './routes/log.ts';
import { models } from './routes/models.ts';
import { pools } from './routes/pools.ts';
import { runs } from './routes/runs.ts';
import { triggers } from './routes/triggers.ts';
import { workflows } from './routes/workflows.ts';

/** Every route under /api/v1: router, guard, audit names and OpenAPI are made of this table. */
export const routes: readonly Route[] = [...access, ...workflows, ...runs, ...models, ...triggers, ...destinations, ...pools, ...auditRoutes, ...logRoutes, ...events];
