import type { History } from '../seam.ts';
import type { Report, Rule } from './rule.ts';

/** Invariant 4 at the machines: two attempts never share a GPU, as the nodes themselves saw it. */
export function devices(report: Report): Rule {
  const holders = new Map<string, string>();
  let seen = 0;
  return {
    step({ nodes }: History) {
      for (; seen < nodes.length; seen++) {
        const { kind, node, run, task, attempt, gpus } = nodes[seen]!;
        const id = `${run}/${task}/${attempt}`;
        for (const index of gpus) {
          const gpu = `${node}/${index}`;
          const holder = holders.get(gpu);
          if (kind === 'began') {
            if (holder !== undefined && holder !== id) report(node, `${id} begins on GPU ${index}, where ${holder} still runs`);
            holders.set(gpu, id);
          } else if (kind !== 'obeyed' && holder === id) holders.delete(gpu);
        }
      }
    },
  };
}
