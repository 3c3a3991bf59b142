/** Seeded randomness: the same calls in the same order give the same answers on every machine (integers only, no transcendental functions). */
export interface Dice {
  /** In [0, 1). */
  number(): number;
  /** A whole number from 0 to n - 1. */
  int(n: number): number;
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
  /** True in that share of the calls. */
  chance(share: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** A number of heavy tail: about `middle`, now and then many times that, `most` at most. */
  tail(middle: number, most: number): number;
  /** Dice of their own, so that what is drawn there changes nothing here. */
  fork(name: string): Dice;
}

/** sfc32 (PractRand, Chris Doty-Humphrey), seeded by two words. */
export function dice(seed: number, stream = 0): Dice {
  let [a, b, c, counter] = [seed | 0, stream | 0, 0x9e3779b9 | 0, 1];
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 4_294_967_296;
  };
  for (let i = 0; i < 12; i++) next();
  const int = (n: number): number => Math.floor(next() * n);
  return {
    number: next,
    int,
    between: (least, most) => least + int(most - least + 1),
    chance: (share) => next() < share,
    pick: (list) => list[int(list.length)]!,
    tail: (middle, most) => {
      let size = middle;
      while (size < most && next() < 0.35) size *= 2;
      return Math.max(1, Math.min(most, Math.floor(size * (0.5 + next()))));
    },
    fork: (name) => dice(wordOf(`${seed}/${stream}/${name}`), stream + 1),
  };
}

/** FNV-1a over UTF-16 code units. */
export function wordOf(text: string, from = 0x811c9dc5): number {
  let word = from;
  for (let i = 0; i < text.length; i++) word = Math.imul(word ^ text.charCodeAt(i), 0x01000193);
  return word >>> 0;
}
