import type { Dice } from '../dice.ts';
import type { World } from '../world/world.ts';
import type { Fault } from './kinds.ts';

/** What is done when a fault strikes that is an act of the world; the others are states, and the wrappers around ports look whether they are on. */
export function act(world: World, { kind, target, lasts }: Fault, dice: Dice): void {
  const { faults, timeline } = world;
  const instance = world.instances.find(({ name }) => name === target);
  const machine = world.machines.find(({ name }) => name === target);
  const later = (undo: () => void): void => void timeline.schedule(world.world, lasts, `${kind} is over: ${target}`, undo);
  switch (kind) {
    case 'crash':
      if (!instance?.process.alive) return;
      faults.hit(kind);
      return instance.crash(lasts);
    case 'agent crash':
      if (!machine?.agent?.alive) return;
      faults.hit(kind);
      return machine.crash(lasts);
    case 'pause':
    case 'agent pause': {
      const process = instance?.process ?? machine?.agent;
      if (!process?.alive) return;
      faults.hit(kind);
      process.pause();
      if (instance) world.members.paused(process);
      return later(() => process.resume());
    }
    case 'agent cut off':
      faults.hit(kind);
      return later(world.network.cut(target, dice.pick(world.instances).name));
    case 'agent isolated':
      faults.hit(kind);
      return later(world.network.cut(target, '*'));
    case 'orders late': {
      faults.hit(kind);
      if (dice.chance(0.5)) world.members.expire(target);
      return later(world.network.slowDown(target, 500 + dice.int(6_000)));
    }
    case 'clock jump':
    case 'clock skew': {
      const process = instance?.process;
      if (!process?.alive) return;
      faults.hit(kind);
      const wrong = kind === 'clock skew' ? 900 : 15_000;
      process.skew = dice.between(-wrong, wrong);
      return later(() => void (process.skew = 0));
    }
    case 'ownership lost': {
      if (world.members.expire(target)) faults.hit(kind);
      return;
    }
    case 'poison record': {
      const partitions = world.log.partitions();
      if (partitions.length === 0) return;
      const [topic, partition] = dice.pick(partitions).split('/') as [string, string];
      faults.hit(kind);
      return world.log.land({ topic, partition: Number(partition) }, [dice.pick(['{"e":1,"s":', 'null', '{}', '[]', '\u0000\u0001', '{"claim":"x"}'])]);
    }
    case 'corrupt snapshot': {
      if (!instance?.ready || !instance.process.alive) return;
      for (const topic of instance.services) for (const owned of instance.host.owned(topic).values()) if (dice.chance(0.5)) void instance.host.takeSnapshot(owned);
      return;
    }
    default:
  }
}

/** Everything is as it should be again: clocks, ways, processes. What was killed comes back by itself. */
export function mend(world: World): void {
  world.network.mend();
  for (const { process } of world.instances) {
    process.skew = 0;
    process.resume();
  }
  for (const { agent } of world.machines) agent?.resume();
}
