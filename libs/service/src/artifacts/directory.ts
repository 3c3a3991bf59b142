import { createReadStream } from 'node:fs';
import { link, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '@novacron/kernel';
import type { ArtifactStore } from '../api.ts';
import { spooled } from './spool.ts';

/** Bytes under their SHA-256 in a directory: written aside, synced, then linked into place, so that a name is never half a content. */
export function directoryArtifacts(directory: string, random: Random): ArtifactStore {
  const place = (hash: string) => join(directory, hash.slice(0, 2), hash);
  return {
    put: (content, options = {}) => spooled(directory, random, content, options, async ({ file, hash, size }) => {
      await mkdir(join(directory, hash.slice(0, 2)), { recursive: true, mode: 0o700 });
      await link(file, place(hash)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
      return { hash, size };
    }),
    async get(hash) {
      await stat(place(hash));
      return createReadStream(place(hash));
    },
    has: (hash) => stat(place(hash)).then(() => true, () => false),
  };
}
