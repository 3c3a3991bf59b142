import { describe, expect, it } from '@jest/globals';
import { Processors } from './processors.ts';

describe('the processors', () => {
  let now = 0;
  let [idle, all] = [0, 0];
  const clock = { now: () => now, monotonic: () => now };
  const pass = (ms: number, share: number) => {
    now += ms;
    all += ms;
    idle += share * ms;
  };

  it('are busy while they have been idle for less than a fifth of the time lately, looked at twice a second', () => {
    let looks = 0;
    const processors = new Processors(clock, () => (looks++, { idle, all }));
    const seen = () => processors.areBusy;
    expect(seen()).toBe(false);
    for (let i = 0; i < 4; i++) {
      pass(500, 0);
      seen();
    }
    expect(seen()).toBe(true);
    pass(500, 1);
    expect(seen()).toBe(false);
    expect(looks).toBe(6);
  });
});
