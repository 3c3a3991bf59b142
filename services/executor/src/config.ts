import type { Settings } from '@novacron/service';

export interface ExecutorConfig {
  /** Bytes of one artifact at most. */
  readonly artifactLimit: number;
}

/** Environment to typed settings; a wrong value stops the start with one sentence. */
export function configOf({ env }: Settings): ExecutorConfig {
  const given = env['NOVACRON_ARTIFACT_LIMIT'];
  const artifactLimit = given === undefined ? 10 * 1024 ** 3 : Number(given);
  if (!Number.isSafeInteger(artifactLimit) || artifactLimit <= 0) throw new Error(`NOVACRON_ARTIFACT_LIMIT must be a number of bytes above 0, not "${given}".`);
  return { artifactLimit };
}
