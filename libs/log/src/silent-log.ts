import type { HostLog } from './host/options.ts';

/** Says nothing: for tests and for tools that print their own lines. */
export const silentLog: HostLog = { info: () => {}, warn: () => {}, error: () => {} };
