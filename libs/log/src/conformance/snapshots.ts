import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeSnapshot, encodeSnapshot, thin, type Snapshot, type SnapshotStore } from '../snapshot.ts';
import { hostOn, tell, until } from './counting.ts';
import type { Installation, MakeInstallation } from './installation.ts';

const snapshotAt = (seq: number): Snapshot => ({
  topic: 'alpha', partition: 3, rule: { epoch: 1, owner: 'x', nextSeq: seq + 1, head: 'h' }, time: 5, foldVersion: 2, stateHash: '00', rows: [['t', 'id', { n: seq, text: 'Grüße' }]],
});

/** What every snapshot store must do. */
export function conformsAsSnapshots(name: string, make: MakeInstallation): void {
  describe(`the snapshot store: ${name}`, () => {
    let installation: Installation;
    let store: SnapshotStore;
    beforeEach(async () => {
      installation = await make();
      store = installation.snapshots();
    });
    afterEach(() => installation.close());

    it('gives back what was saved, newest first', async () => {
      for (const seq of [10, 30, 20]) await store.save('alpha', 3, encodeSnapshot(snapshotAt(seq)));
      expect(await store.list('alpha', 3)).toEqual([30, 20, 10]);
      expect(decodeSnapshot((await store.load('alpha', 3, 20))!, 2)).toEqual(snapshotAt(20));
    });
    it('keeps partitions apart and forgets what is removed', async () => {
      await store.save('alpha', 3, encodeSnapshot(snapshotAt(1)));
      expect(await store.list('alpha', 4)).toEqual([]);
      await store.remove('alpha', 3, [1]);
      expect(await store.load('alpha', 3, 1)).toBeUndefined();
    });
    it('replaces a snapshot of the same place', async () => {
      await store.save('alpha', 3, { seq: 1, body: 'old', checksum: 'c' });
      await store.save('alpha', 3, encodeSnapshot(snapshotAt(1)));
      expect(decodeSnapshot((await store.load('alpha', 3, 1))!, 2)).toEqual(snapshotAt(1));
    });
    it('L10: a flipped byte or another fold version is no snapshot', async () => {
      const stored = encodeSnapshot(snapshotAt(1));
      expect(decodeSnapshot(stored, 3)).toBeUndefined();
      for (let i = 0; i < stored.body.length; i++) {
        const body = stored.body.slice(0, i) + String.fromCharCode(stored.body.charCodeAt(i) ^ 1) + stored.body.slice(i + 1);
        expect(decodeSnapshot({ ...stored, body }, 2)).toBeUndefined();
      }
    });
    it('is written behind 2,000 commits, however few of them one owner lived to see', async () => {
      const counts: (number | undefined)[] = [];
      for (const commits of [1_500, 600]) {
        const host = hostOn(installation);
        await host.start();
        const partition = host.partitionOf('k');
        await Promise.all(Array.from({ length: commits }, () => tell(host, 'Shout', 'k', { times: 1 })));
        await until(async () => host.backlog === 0 && (commits === 1_500 || (await store.list('front', partition)).length > 0));
        counts.push((await store.list('front', partition))[0]);
        await host.stop();
      }
      expect(counts).toEqual([undefined, expect.any(Number)]);
      expect(counts[1]).toBeGreaterThanOrEqual(1_999);
    }, 20_000);
    it('thins to the three newest and one per 100,000 commits', () => {
      const seqs = Array.from({ length: 35 }, (_, i) => (i + 1) * 10_000 - 1).reverse();
      const gone = new Set(thin(seqs));
      expect(seqs.filter((seq) => !gone.has(seq))).toEqual([349_999, 339_999, 329_999, 299_999, 199_999]);
    });
  });
}
