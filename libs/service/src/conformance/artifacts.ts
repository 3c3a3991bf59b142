import { createCipheriv, createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ArtifactStore } from '../api.ts';
import { HashMismatch, TooLarge } from '../artifacts/spool.ts';

/** A store of the kind under test, the same one seen by another process, and where it puts what is not whole yet. */
export interface ArtifactPlace {
  readonly store: ArtifactStore;
  readonly other: ArtifactStore;
  readonly aside: string;
  close(): Promise<void>;
}

const MB = 1024 * 1024;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Not compressible, the same in every run. */
function bytesOf(size: number, seed = 1): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16)).update(Buffer.alloc(size));
}

async function read(store: ArtifactStore, hash: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of await store.get(hash)) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** In pieces that fall on no boundary of anything. */
function* pieces(bytes: Buffer, size = 65_521): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What every artifact store must do, wherever it keeps the bytes. */
export function conformsAsArtifactStore(name: string, make: () => Promise<ArtifactPlace>): void {
  describe(`the artifact store: ${name}`, () => {
    let place: ArtifactPlace;
    beforeEach(async () => void (place = await make()));
    afterEach(() => place.close());
    const leftOver = () => readdirSync(place.aside, { withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => entry.name);

    it.each([0, 1, 65_536, 5 * MB, 40 * MB + 1])('gives %d bytes back as they were, also to another process', async (size) => {
      const bytes = bytesOf(size);
      const stored = await place.store.put(Readable.from(pieces(bytes)));
      expect(stored).toEqual({ hash: sha256(bytes), size });
      expect((await read(place.other, stored.hash)).equals(bytes)).toBe(true);
      expect(leftOver()).toEqual([]);
    });
    it('takes bytes that are in memory', async () => {
      const { hash } = await place.store.put(Buffer.from('hello'));
      expect((await read(place.store, hash)).toString()).toBe('hello');
    });
    it('knows what it has and what not', async () => {
      const { hash } = await place.store.put(Buffer.from('here'));
      expect([await place.store.has(hash), await place.other.has(hash), await place.store.has(sha256(Buffer.from('not here')))]).toEqual([true, true, false]);
    });
    it('rejects a get of what it does not have', async () => expect(place.store.get(sha256(Buffer.from('nothing')))).rejects.toThrow());
    it('keeps the same content once, whoever puts it and however often', async () => {
      const stored = await Promise.all(Array.from({ length: 8 }, (_, i) => (i % 2 ? place.store : place.other).put(Buffer.from('same'))));
      expect(new Set(stored.map(({ hash }) => hash)).size).toBe(1);
      expect((await read(place.store, stored[0]!.hash)).toString()).toBe('same');
    });
    it('refuses what is over the limit before it is read whole, and keeps nothing of it', async () => {
      let given = 0;
      const endless = Readable.from((function* () {
        for (;;) {
          given += 1_000;
          yield Buffer.alloc(1_000);
        }
      })());
      await expect(place.store.put(endless, { limit: 10_000 })).rejects.toThrow(TooLarge);
      expect([given < 1_000_000, leftOver()]).toEqual([true, []]);
    });
    it('takes exactly the limit', async () => expect(await place.store.put(Buffer.alloc(10_000), { limit: 10_000 })).toMatchObject({ size: 10_000 }));
    it('refuses content that is not the expected one, and keeps nothing of it', async () => {
      const bytes = Buffer.from('something else');
      await expect(place.store.put(bytes, { expected: sha256(Buffer.from('expected')) })).rejects.toThrow(HashMismatch);
      expect([await place.store.has(sha256(bytes)), leftOver()]).toEqual([false, []]);
    });
    it('keeps nothing of a content whose sender breaks off', async () => {
      const bytes = bytesOf(200_000, 7);
      const broken = Readable.from((function* () {
        yield* pieces(bytes);
        throw new Error('the sender is gone');
      })());
      await expect(place.store.put(broken)).rejects.toThrow('the sender is gone');
      expect([await place.store.has(sha256(bytes)), leftOver()]).toEqual([false, []]);
    });
    it('serves many readers of many contents at once', async () => {
      const all = await Promise.all(Array.from({ length: 20 }, (_, i) => place.store.put(bytesOf(10_000 + i, i + 1))));
      const seen = await Promise.all([...all, ...all].map(({ hash }) => read(place.other, hash)));
      expect(seen.map(sha256)).toEqual([...all, ...all].map(({ hash }) => hash));
    });
  });
}
