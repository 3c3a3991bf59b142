import { join } from 'node:path';
import type { Random } from '@novacron/kernel';
import type { ArtifactStore } from '../api.ts';
import { directoryArtifacts } from './directory.ts';
import { s3Artifacts, type S3Place } from './s3.ts';

/** The installation's artifact store, by `NOVACRON_ARTIFACTS`: absent, a directory of this machine; `s3://bucket/prefix`, a bucket that all processes share. */
export async function openArtifacts(dataDir: string, env: Readonly<Record<string, string | undefined>>, random: Random): Promise<ArtifactStore> {
  const where = env['NOVACRON_ARTIFACTS'];
  if (where === undefined || where === '') return directoryArtifacts(join(dataDir, 'artifacts'), random);
  return s3Artifacts(readPlace(where, join(dataDir, 'spool'), env), random);
}

/** Reads `s3://bucket/prefix` and what belongs to it; throws with a sentence for whoever wrote it. */
export function readPlace(where: string, spool: string, env: Readonly<Record<string, string | undefined>>): S3Place {
  const [, bucket, path = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(where) ?? [];
  if (bucket === undefined) throw new Error(`NOVACRON_ARTIFACTS must be s3://bucket or s3://bucket/prefix, not "${where}"; leave it out to keep artifacts in NOVACRON_DATA`);
  const endpoint = env['NOVACRON_S3_ENDPOINT'];
  if (endpoint !== undefined && !/^https?:\/\/[^/]+\/?$/.test(endpoint)) throw new Error(`NOVACRON_S3_ENDPOINT must be http://host:port or https://host:port, not "${endpoint}"`);
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`;
  return { bucket, prefix, spool, region: env['AWS_REGION'] ?? 'us-east-1', ...(endpoint !== undefined && { endpoint }) };
}
