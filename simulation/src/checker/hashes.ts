import type { History } from '../seam.ts';
import { placeOf } from './reading.ts';
import type { Report, Rule } from './rule.ts';

/** Commits that carry the hash of the state. */
const EVERY = 256;

/** Invariant 7: whoever reads a prefix of a partition has the same state: what commits carry, live owners tell, and a fold of the whole log gives. */
export function hashes(report: Report): Rule {
  const known = new Map<string, { readonly hash: string; readonly reader: string }>();
  let seen = 0;

  function compare(where: string, hash: string, reader: string): void {
    const before = known.get(where);
    if (!before) known.set(where, { hash, reader });
    else if (before.hash !== hash) report(where, `${reader} has state ${hash.slice(0, 12)}, and ${before.reader} had ${before.hash.slice(0, 12)}`);
  }

  return {
    commit(commit) {
      if (commit.stateHash !== undefined) compare(placeOf(commit), commit.stateHash, 'its writer');
      else if ((commit.seq + 1) % EVERY === 0) report(placeOf(commit), 'carries no hash of the state');
    },
    step({ hashes: told }: History) {
      for (; seen < told.length; seen++) {
        const { topic, partition, seq, hash, reader } = told[seen]!;
        compare(`${topic}/${partition}/${seq}`, hash, reader);
      }
    },
  };
}
