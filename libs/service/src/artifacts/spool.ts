import { createHash } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Random } from '@novacron/kernel';

export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}
export class HashMismatch extends Error {
  override readonly name = 'HashMismatch';
}

export interface PutOptions {
  /** Bytes, at most. */
  readonly limit?: number;
  /** SHA-256 in hex that the content must have. */
  readonly expected?: string;
}

/** Content that was read to its end: in a file of its own, synced, with its SHA-256 in hex and its size in bytes. */
export interface Spooled {
  readonly file: string;
  readonly hash: string;
  readonly size: number;
}

/**
 * Reads the content into a file beside its final place and hands it to `keep`; the file is gone afterwards, whatever happens. A content is
 * named by its hash, which nobody knows before its end: so nothing of it is stored anywhere before it was read whole.
 */
export async function spooled<T>(directory: string, random: Random, content: Readable | Uint8Array, { limit = Number.POSITIVE_INFINITY, expected }: PutOptions, keep: (spooled: Spooled) => Promise<T>): Promise<T> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const aside = join(directory, `.${random.uuid()}`);
  const file = await open(aside, 'wx', 0o600);
  try {
    const digest = createHash('sha256');
    let size = 0;
    for await (const part of content instanceof Readable ? content : [content]) {
      size += (part as Uint8Array).length;
      if (size > limit) throw new TooLarge(`the content is larger than the ${limit} bytes that are taken here`);
      digest.update(part as Uint8Array);
      await file.write(part as Uint8Array);
    }
    const hash = digest.digest('hex');
    if (expected !== undefined && expected !== hash) throw new HashMismatch(`the content has SHA-256 ${hash} and not ${expected}`);
    await file.sync();
    return await keep({ file: aside, hash, size });
  } finally {
    await file.close();
    await rm(aside, { force: true });
  }
}
