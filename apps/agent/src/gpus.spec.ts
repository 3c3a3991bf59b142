import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GpuFence, parseGpus } from './gpus.ts';

describe('GPUs', () => {
  it('reads the answer of nvidia-smi, and none from anything else', () => {
    expect(parseGpus('0, NVIDIA H100 80GB HBM3, 81559\n1, Tesla T4, 15360\n')).toEqual([
      { index: 0, type: 'NVIDIA H100 80GB HBM3', memory: 81559 },
      { index: 1, type: 'Tesla T4', memory: 15360 },
    ]);
    expect(parseGpus('NVIDIA-SMI has failed because it could not communicate with the driver.')).toEqual([]);
  });

  it('G1: no device ever has two holders, and everyone gets theirs in the end', () => {
    fc.assert(fc.property(fc.array(fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 3 }), { maxLength: 12 }), fc.infiniteStream(fc.nat()), (wants, choices) => {
      const fence = new GpuFence();
      const holders = new Map<string, readonly number[]>();
      let begun = 0;
      const release = () => {
        const [id] = [...holders][choices.next().value! % holders.size]!;
        holders.delete(id);
        fence.release(id);
      };
      wants.forEach((gpus, index) => {
        fence.acquire(`a${index}`, gpus, () => {
          const taken = [...holders.values()].flat();
          expect(gpus.filter((gpu) => taken.includes(gpu))).toEqual([]);
          holders.set(`a${index}`, gpus);
          begun++;
        });
        if (holders.size > 0 && choices.next().value! % 2 === 0) release();
      });
      while (holders.size > 0) release();
      expect(begun).toBe(wants.length);
    }));
  });

  it('gives nothing to who gave up waiting', () => {
    const fence = new GpuFence();
    const begun: string[] = [];
    for (const id of ['a', 'b', 'c']) fence.acquire(id, [0], () => begun.push(id));
    fence.release('b');
    fence.release('a');
    expect(begun).toEqual(['a', 'c']);
  });
});
