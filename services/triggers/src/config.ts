import { join } from 'node:path';
import type { Settings } from '@novacron/service';

export interface TriggersConfig {
  /** The folder whose folders are the workspaces' inboxes; nothing outside it is ever looked at. */
  readonly inbox: string;
}

export function configOf({ dataDir }: Settings): TriggersConfig {
  return { inbox: join(dataDir, 'inbox') };
}
