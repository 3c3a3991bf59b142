import type { Dice } from '../dice.ts';

/** Needs of each task, as numbers of tasks before it. */
export type Shape = readonly (readonly number[])[];

/** A graph of so many tasks: one after the other, side by side, out and in again, or any. */
export function shape(dice: Dice, count: number): Shape {
  const numbers = Array.from({ length: count }, (_, i) => i);
  switch (dice.pick(['chain', 'parallel', 'fan', 'any', 'any'] as const)) {
    case 'chain': return numbers.map((i) => (i === 0 ? [] : [i - 1]));
    case 'parallel': return numbers.map(() => []);
    case 'fan': return fan(count, dice.between(2, Math.max(2, Math.min(20, count - 2))));
    case 'any': return numbers.map((i) => before(dice, i));
  }
}

/** Stages of that width, each between one task that all of it need and one that needs all of it. */
function fan(count: number, width: number): Shape {
  let joint = 0;
  return Array.from({ length: count }, (_, i) => {
    if (i === 0) return [];
    if (i % (width + 1) !== 0) return [joint];
    const stage = Array.from({ length: i - joint - 1 }, (__, k) => joint + 1 + k);
    joint = i;
    return stage;
  });
}

function before(dice: Dice, i: number): number[] {
  if (i === 0 || dice.chance(0.1)) return [];
  const needs = new Set(Array.from({ length: dice.between(1, 3) }, () => Math.max(0, i - 1 - dice.tail(2, i))));
  return [...needs].sort((a, b) => a - b);
}
