import { afterEach, describe, expect, it } from '@jest/globals';
import { nameOf, partitionNamed } from '../driver.ts';
import type { Host } from '../host/host.ts';
import type { PartitionState } from '../host/partition.ts';
import type { At } from '../past/at.ts';
import { cutOf, cutThrough, NoSuchCommit, openAnswer, positionsOf, systemHash, type Cut } from '../past/cut.ts';
import { statesAt, type PastStates } from '../past/states.ts';
import { decode, type Commit } from '../record.ts';
import { back, front, hostOn, tell, until } from './counting.ts';
import type { Installation, MakeInstallation } from './installation.ts';

const TOPICS = ['front', 'back'];
const definitions = [front, back] as never;
let asked = 0;

/** The past of the log: cuts of positions and times, and states folded again that hash as they were lived; on every driver. */
export function remembersThePast(name: string, make: MakeInstallation): void {
  describe(`the past: ${name}`, () => {
    let installation: Installation;
    let host: Host;
    const start = async (partitions?: number) => {
      installation = await make(partitions);
      host = hostOn(installation, partitions === undefined ? {} : { partitions });
      await host.start();
    };
    afterEach(async () => {
      await host.stop();
      await installation.close();
    });
    const past = (at: At, snapshots = false): Promise<PastStates> => statesAt({ driver: installation.driver(), definitions, ...(snapshots && { snapshots: installation.snapshots() }) }, at);
    const quiet = () => until(() => host.backlog === 0);

    /** Load with moments looked at on the way, as they were lived. */
    async function lived(asks: number, looks: number): Promise<PartitionState[][]> {
      const moments: PartitionState[][] = [];
      for (let look = 0; look < looks; look++) {
        const wave = Array.from({ length: Math.ceil(asks / looks) }, () => tell(host, 'Ask', `k${asked % 7}`, { id: `${asked++}` }));
        await wave[look % wave.length];
        moments.push(host.states());
        await Promise.all(wave);
      }
      await quiet();
      return moments;
    }

    it('folds again to the hash of each moment that was lived', async () => {
      await start();
      const moments = (await lived(400, 20)).filter((states) => openAnswer(states) === undefined);
      expect(moments.filter((states) => states.some(({ seq }) => seq > 0)).length).toBeGreaterThan(0);
      for (const moment of moments) expect(systemHash((await past(heldBy(moment))).states)).toBe(systemHash(moment));
    });

    it('does so from the newest snapshot before the moment, and from an older one where that is damaged', async () => {
      await start(1);
      await lived(700, 1);
      const store = installation.snapshots();
      const [owned] = host.owned('front').values();
      await host.takeSnapshot(owned!);
      const [, ...moments] = await lived(700, 3);
      await host.takeSnapshot(owned!);
      moments.push(...(await lived(30, 2)));
      for (const moment of moments) {
        const folded = await past(heldBy(moment), true);
        expect(systemHash(folded.states)).toBe(systemHash(moment));
        expect(folded.snapshots).toBe(1);
      }
      const [newest] = await store.list('front', 0);
      await store.save('front', 0, { ...(await store.load('front', 0, newest!))!, checksum: 'x' });
      const last = await past(heldBy(moments.at(-1)!), true);
      expect(systemHash(last.states)).toBe(systemHash(moments.at(-1)!));
      expect(last.snapshots).toBe(1);
    });

    it('the cut of a position is closed, holds it, and is the smallest such', async () => {
      await start();
      await lived(400, 4);
      const commits = await allCommits(installation);
      for (const [topic, partition, seq] of [['front', 1, 20], ['back', 2, 11], ['front', 0, 0], ['back', 3, 40]] as const) {
        if (!commits.has(`${topic}/${partition}/${seq}`)) continue;
        const cut = await cutOf(installation.driver(), TOPICS, { positions: [{ topic, partition, seq }] });
        expect(Object.fromEntries(cut)).toEqual(causesOf(commits, topic, partition, seq));
      }
    });

    it('the cut of a time holds everything up to it, and beyond it only what that answers', async () => {
      await start();
      await lived(300, 3);
      const commits = await allCommits(installation);
      const times = [...commits.values()].map(({ time }) => time).sort((a, b) => a - b);
      const time = times[times.length >> 1]!;
      const cut = await cutOf(installation.driver(), TOPICS, { time });
      expect(cut).toEqual(cutThroughStates(await past({ time })));
      for (const [id, commit] of commits) {
        const [topic, partition, seq] = id.split('/');
        const inside = Number(seq) <= (cut.get(`${topic}/${partition}`) ?? -1);
        if (commit.time <= time) expect(inside).toBe(true);
        if (inside && commit.input) expect(commit.input.seq).toBeLessThanOrEqual(cut.get(nameOf(commit.input)) ?? -1);
      }
      const upTo = positionsOf(new Map([...cut].map(([partition, seq]) => [partition, lastUpTo(commits, partition, seq, time)])));
      expect(await cutOf(installation.driver(), TOPICS, { positions: upTo.filter(({ seq }) => seq >= 0) })).toEqual(cut);
    });

    it('a cut given as its positions is the same cut', async () => {
      await start();
      await lived(200, 2);
      const cut = await cutOf(installation.driver(), TOPICS, { time: Date.now() });
      expect(await cutOf(installation.driver(), TOPICS, { positions: positionsOf(cut) })).toEqual(cut);
    });

    it('says which commit the log does not hold', async () => {
      await start();
      await tell(host, 'Ask', 'k', { id: '1' });
      for (const position of [{ topic: 'front', partition: host.partitionOf('k'), seq: 99 }, { topic: 'nobody', partition: 0, seq: 0 }]) {
        await expect(past({ positions: [position] })).rejects.toThrow(new NoSuchCommit(`the log has no commit ${position.topic}.${position.partition}.${position.seq}`));
      }
    });
  });
}

const heldBy = (moment: readonly PartitionState[]): At => ({ positions: moment.filter(({ seq }) => seq >= 0) });
const cutThroughStates = (past: PastStates): Cut => cutThrough(new Map(past.states.map((state) => [nameOf(state), { seq: state.seq, grow: async () => {} }])));

async function allCommits(installation: Installation): Promise<Map<string, Commit>> {
  const driver = installation.driver();
  const commits = new Map<string, Commit>();
  for (const name of (await driver.heads(TOPICS)).keys()) {
    for (const row of await driver.read(partitionNamed(name), { lastSeq: -1, epoch: 0 }, 1 << 30)) {
      for (const record of row.records.map(decode)) if (record?.kind === 'commit') commits.set(`${name}/${record.seq}`, record);
    }
  }
  return commits;
}

/** The definition, word for word: the commit, those before it in its partition, and the causes of each. */
function causesOf(commits: ReadonlyMap<string, Commit>, topic: string, partition: number, seq: number): Record<string, number> {
  const cut: Record<string, number> = {};
  const waiting = [`${topic}/${partition}/${seq}`];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const name = id.slice(0, id.lastIndexOf('/'));
    for (let at = Number(id.slice(name.length + 1)); at > (cut[name] ?? -1); at--) {
      const { input } = commits.get(`${name}/${at}`)!;
      if (input) waiting.push(`${nameOf(input)}/${input.seq}`);
    }
    cut[name] = Math.max(cut[name] ?? -1, Number(id.slice(name.length + 1)));
  }
  return cut;
}

function lastUpTo(commits: ReadonlyMap<string, Commit>, partition: string, seq: number, time: number): number {
  let last = seq;
  while (last >= 0 && commits.get(`${partition}/${last}`)!.time > time) last--;
  return last;
}
