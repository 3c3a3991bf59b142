import { execFile } from 'node:child_process';
import type { Capacity } from '@novacron/contracts';

type Gpu = Capacity['gpus'][number];

/** What `nvidia-smi` says; no GPUs where there is none. */
export function detectGpus(): Promise<Gpu[]> {
  return new Promise((resolve) => {
    execFile('nvidia-smi', ['--query-gpu=index,name,memory.total', '--format=csv,noheader,nounits'], { timeout: 10_000 }, (error, stdout) => {
      resolve(error ? [] : parseGpus(stdout));
    });
  });
}

/** Lines of `index, name, MiB`. */
export function parseGpus(csv: string): Gpu[] {
  return csv.split('\n').flatMap((line) => {
    const [, index, type, memory] = /^\s*(\d+)\s*,\s*(.+?)\s*,\s*(\d+)\s*$/.exec(line) ?? [];
    return index === undefined ? [] : [{ index: Number(index), type: type!, memory: Number(memory) }];
  });
}

/** The fence of this machine: a device has one holder until that one's process tree is gone; who comes meanwhile waits in order. */
export class GpuFence {
  readonly #held = new Map<number, string>();
  #waiting: { id: string; gpus: readonly number[]; begin: () => void }[] = [];

  /** Calls `begin` once the devices are free, at once where they are. */
  acquire(id: string, gpus: readonly number[], begin: () => void): void {
    this.#waiting.push({ id, gpus, begin });
    this.#admit();
  }

  /** The attempt's process tree is gone, or it gave up waiting. */
  release(id: string): void {
    for (const [gpu, holder] of this.#held) if (holder === id) this.#held.delete(gpu);
    this.#waiting = this.#waiting.filter((w) => w.id !== id);
    this.#admit();
  }

  #admit(): void {
    const claimed = new Set(this.#held.keys());
    const ready = this.#waiting.filter((w) => {
      const free = w.gpus.every((gpu) => !claimed.has(gpu));
      for (const gpu of w.gpus) claimed.add(gpu); // who waits longer goes first
      return free;
    });
    this.#waiting = this.#waiting.filter((w) => !ready.includes(w));
    for (const { id, gpus } of ready) for (const gpu of gpus) this.#held.set(gpu, id);
    for (const { begin } of ready) begin();
  }
}
