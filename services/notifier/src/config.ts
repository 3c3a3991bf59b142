import type { Settings } from '@novacron/service';
import { allowList, type AllowList } from './effects/addresses.ts';

export interface NotifierConfig {
  /** Private addresses that may be told nevertheless. */
  readonly allow: AllowList;
}

/** Environment to typed settings; a wrong value stops the start with one sentence. */
export function configOf({ env }: Settings): NotifierConfig {
  return { allow: allowList(env['NOVACRON_WEBHOOK_ALLOW'] ?? '') };
}
