import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Random } from '@novacron/kernel';
import type { ArtifactStore } from './api.ts';

export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}
export class HashMismatch extends Error {
  override readonly name = 'HashMismatch';
}

/** Bytes under their SHA-256 in a directory: written aside, synced, then linked into place, so that a name is never half a content. */
export function directoryArtifacts(directory: string, random: Random): ArtifactStore {
  const place = (hash: string) => join(directory, hash.slice(0, 2), hash);
  return {
    async put(content, { limit = Number.POSITIVE_INFINITY, expected } = {}) {
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
        await mkdir(join(directory, hash.slice(0, 2)), { recursive: true, mode: 0o700 });
        await link(aside, place(hash)).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error;
        });
        return { hash, size };
      } finally {
        await file.close();
        await rm(aside, { force: true });
      }
    },
    async get(hash) {
      await stat(place(hash));
      return createReadStream(place(hash));
    },
    has: (hash) => stat(place(hash)).then(() => true, () => false),
  };
}
