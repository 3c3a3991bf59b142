import type { SnapshotStore, StoredSnapshot } from '@novacron/log';
import type { Faults } from '../faults/faults.ts';
import type { Process } from '../time/process.ts';
import type { Stepper } from '../time/timeline.ts';

const WAY = 0.5;

/** Snapshots of all partitions, beside the log. */
export class SnapshotDisk {
  private readonly kept = new Map<string, Map<number, StoredSnapshot>>();
  /** Everything that was ever saved, for who looks for secrets. */
  readonly saved: string[] = [];

  of(topic: string, partition: number): Map<number, StoredSnapshot> {
    const name = `${topic}/${partition}`;
    let kept = this.kept.get(name);
    if (!kept) this.kept.set(name, (kept = new Map()));
    return kept;
  }
}

/** The same as one process reaches it; a save that is cut leaves half of the text. */
export function snapshotStore(shelf: SnapshotDisk, process: Process, faults: Faults, disk: Stepper): SnapshotStore {
  const call = <T>(label: string, work: () => T): Promise<T> => new Promise((resolve) => {
    if (!process.alive) return;
    process.timeline.schedule(disk, WAY * process.dice.number(), label, () => {
      const answer = work();
      process.after(WAY * process.dice.number(), `${label} done`, () => {
        if (label === 'load snapshot') process.point('snapshot loaded, not folded on');
        resolve(answer);
      });
    });
  });
  return {
    save: (topic, partition, snapshot) => {
      process.point('before snapshot');
      return call('save snapshot', () => {
        shelf.saved.push(snapshot.body);
        const cut = !process.alive;
        const { body } = snapshot;
        const spoilt = faults.meets('corrupt snapshot', process.name) ? body.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)) : body;
        shelf.of(topic, partition).set(snapshot.seq, { ...snapshot, body: cut ? body.slice(0, body.length >> 1) : spoilt });
        process.point('snapshot saved, unanswered');
      });
    },
    list: (topic, partition) => call('list snapshots', () => [...shelf.of(topic, partition).keys()].sort((a, b) => b - a)),
    load: (topic, partition, seq) => call('load snapshot', () => shelf.of(topic, partition).get(seq)),
    remove: (topic, partition, seqs) => call('remove snapshots', () => seqs.forEach((seq) => shelf.of(topic, partition).delete(seq))),
  };
}
