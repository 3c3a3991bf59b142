/** What a destination can be told of. */
export const EVENT_NAMES = [
  'run.succeeded', 'run.failed', 'run.cancelled', 'run.refused', 'run.triggered',
  'model.published', 'model.matched', 'model.conflict', 'trigger.conflict',
] as const;
export type EventName = (typeof EVENT_NAMES)[number];

/** What a destination is told of that names no events. */
export const DEFAULT_EVENTS: readonly EventName[] = EVENT_NAMES.filter((name) => name !== 'run.cancelled');
