import { SERVICES } from '@novacron/contracts';
import type { Dice } from '../dice.ts';

/** How the system is spread over processes in one seed. */
export interface Layout {
  /** True: one append over several partitions, as with a database. False: a lane per partition, as with a broker. */
  readonly joint: boolean;
  readonly partitions: number;
  readonly instances: readonly { readonly name: string; readonly services: readonly string[] }[];
}

/** All services in each of one to three processes that share the partitions, or spread over them, some services in several. */
export function drawLayout(dice: Dice): Layout {
  const joint = dice.chance(0.65);
  const partitions = dice.pick([1, 1, 2, 2, 3, 4]);
  const names = (count: number) => Array.from({ length: count }, (_, i) => `i${i + 1}`);
  if (dice.chance(0.35)) return { joint, partitions, instances: names(dice.pick([1, 1, 2, 3])).map((name) => ({ name, services: SERVICES })) };
  const spread = names(dice.between(2, 3)).map((name) => ({ name, services: [] as string[] }));
  for (const service of SERVICES) {
    const first = dice.pick(spread);
    for (const each of spread) if (each === first || dice.chance(0.3)) each.services.push(service);
  }
  return { joint, partitions, instances: spread.filter(({ services }) => services.length > 0) };
}
