import type { History } from '../seam.ts';
import { placeOf } from './reading.ts';
import type { Report, Rule } from './rule.ts';

interface Requested {
  readonly type: string;
  readonly epoch: number;
}

/** Invariant 8: what is done was requested by a commit that counts; ended is only what is open, and everything ends. */
export function effects(report: Report): Rule {
  const requested = new Map<string, Requested>();
  const open = new Map<string, string>();
  let seen = 0;

  return {
    commit(commit) {
      commit.effects.forEach(({ type }, n) => {
        const id = `${placeOf(commit)}.${n}`;
        requested.set(id, { type, epoch: commit.epoch });
        open.set(id, type);
      });
      for (const ended of commit.ended) {
        if (!open.delete(`${commit.name}/${ended}`)) report(placeOf(commit), `ends the effect ${ended}, which is not open`);
      }
    },
    step({ effects: done }: History) {
      for (; seen < done.length; seen++) {
        const { id, type, epoch, instance } = done[seen]!;
        const known = requested.get(id);
        if (known?.type !== type) report(id, `${instance} does ${type}, which no commit that counts requests`);
        else if (epoch < known.epoch) report(id, `${instance} does ${type} in epoch ${epoch}, and it was requested in epoch ${known.epoch}`);
      }
    },
    end() {
      for (const [id, type] of open) report(id, `${type} was requested and never ended`);
    },
    open: () => open.size,
  };
}
