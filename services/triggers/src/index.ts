export { AppModule } from './app.module.ts';
export { definition } from './definition.ts';
export { InboxWatches } from './effects/trigger-effects.ts';
export type { InboxDisk } from './effects/inbox.ts';
