import type { History } from '../seam.ts';
import type { Report, Rule } from './rule.ts';

/** The topic whose partitions give orders to nodes. */
const ORDERING = 'executor';

/** Invariant 12: no node obeys an order of an older epoch than one that it has seen of that partition, nor of one that was never claimed. */
export function fences(report: Report): Rule {
  const claimed = new Map<string, number>();
  const obeyed = new Map<string, number>();
  let nodes = 0;
  let effects = 0;

  function checkClaimed(where: string, partition: string, epoch: number): void {
    if (epoch > (claimed.get(partition) ?? 0)) report(where, `acts in epoch ${epoch} of ${partition}, and the newest claim is ${claimed.get(partition) ?? 0}`);
  }

  return {
    claim: ({ name, epoch }) => void claimed.set(name, epoch),
    step(history: History) {
      for (; nodes < history.nodes.length; nodes++) {
        const { kind, node, run, task, attempt, gpus, partition, epoch } = history.nodes[nodes]!;
        // What waits for a GPU may begin long after its order was taken, and a stop is told with the fence of the start.
        if (kind !== 'began' || gpus.length > 0) continue;
        const id = `${node} ${partition}`;
        const newest = obeyed.get(id) ?? 0;
        checkClaimed(node, `${ORDERING}/${partition}`, epoch);
        if (epoch < newest) report(node, `began ${run}/${task}/${attempt} by an order of epoch ${epoch} of ${ORDERING}/${partition}, and had seen epoch ${newest}`);
        obeyed.set(id, Math.max(newest, epoch));
      }
      for (; effects < history.effects.length; effects++) {
        const { id, service, partition, epoch } = history.effects[effects]!;
        checkClaimed(id, `${service}/${partition}`, epoch);
      }
    },
  };
}
