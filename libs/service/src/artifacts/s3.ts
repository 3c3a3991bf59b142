import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline, Transform, type Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Random } from '@novacron/kernel';
import type { ArtifactStore } from '../api.ts';
import { HashMismatch, spooled, type Spooled } from './spool.ts';

export interface S3Place {
  readonly bucket: string;
  /** Before every key; empty or ending with `/`. */
  readonly prefix: string;
  /** Of an S3 server that is not AWS; it is addressed by path (`endpoint/bucket/key`). */
  readonly endpoint?: string;
  readonly region: string;
  /** Where contents are read to their end before they are sent. */
  readonly spool: string;
}

/** Larger contents go in parts of this size; S3 takes parts from 5 MiB on, and 10,000 of them. */
const PART_BYTES = 16 * 1024 * 1024;

/**
 * Bytes under their SHA-256 in a bucket, with the credentials of the AWS SDK's chain (environment, profile, role). The server checks every
 * request's checksum, the reader the whole content. An object appears whole or not at all; a put that died leaves at most parts, which a lifecycle
 * rule `AbortIncompleteMultipartUpload` removes.
 */
export async function s3Artifacts(place: S3Place, random: Random): Promise<ArtifactStore> {
  const { S3Client, GetObjectCommand, HeadBucketCommand, HeadObjectCommand } = await import('@aws-sdk/client-s3');
  const { bucket, prefix, endpoint, region } = place;
  const client = new S3Client({ region, ...(endpoint !== undefined && { endpoint, forcePathStyle: true }), requestChecksumCalculation: 'WHEN_SUPPORTED' });
  const at = (hash: string) => ({ Bucket: bucket, Key: `${prefix}${hash.slice(0, 2)}/${hash}` });
  const has = async (hash: string) => client.send(new HeadObjectCommand(at(hash))).then(() => true, (error: unknown) => {
    if (statusOf(error) === 404) return false;
    throw error;
  });
  await client.send(new HeadBucketCommand({ Bucket: bucket })).catch((error: unknown) => {
    throw new Error(`${whyNot(error, place)} (NOVACRON_ARTIFACTS)`);
  });
  return {
    has,
    put: (content, options = {}) => spooled(place.spool, random, content, options, async (whole) => {
      if (!(await has(whole.hash))) await send(client, at(whole.hash), whole);
      return { hash: whole.hash, size: whole.size };
    }),
    async get(hash) {
      const { Body } = await client.send(new GetObjectCommand(at(hash)));
      return pipeline(Body as Readable, new Checked(hash), () => {});
    },
  };
}

async function send(client: S3Client, at: { Bucket: string; Key: string }, { file }: Spooled): Promise<void> {
  const { Upload } = await import('@aws-sdk/lib-storage');
  await new Upload({ client, params: { ...at, Body: createReadStream(file), ChecksumAlgorithm: 'SHA256', ContentType: 'application/octet-stream' }, partSize: PART_BYTES, queueSize: 2 }).done();
}

/** Passes bytes on and fails at their end when they are not the ones that were asked for. */
class Checked extends Transform {
  private readonly digest = createHash('sha256');
  private readonly expected: string;

  constructor(expected: string) {
    super();
    this.expected = expected;
  }

  override _transform(bytes: Buffer, _encoding: string, done: (error: Error | null, bytes?: Buffer) => void): void {
    this.digest.update(bytes);
    done(null, bytes);
  }

  override _flush(done: (error?: Error) => void): void {
    const hash = this.digest.digest('hex');
    if (hash === this.expected) done();
    else done(new HashMismatch(`the store answered content with SHA-256 ${hash} under ${this.expected}`));
  }
}

const statusOf = (error: unknown): number | undefined => (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;

function whyNot(error: unknown, { bucket, endpoint, region }: S3Place): string {
  const where = `the bucket ${bucket} at ${endpoint ?? `AWS, region ${region}`}`;
  switch (statusOf(error)) {
    case 404: return `${where} does not exist: create it, or name another`;
    case 403: return `${where} refuses our credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role, that may read and write it`;
    case 301: return `${where} lies in another region: set AWS_REGION to it`;
    default: return `${where} cannot be reached: ${(error as Error).message}`;
  }
}
