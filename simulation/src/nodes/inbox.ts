import type { InboxDisk } from '@novacron/triggers';
import type { Process } from '../time/process.ts';

interface File {
  readonly size: number;
  readonly mtimeMs: number;
}

const LOOK_MS = 0.2;

/** The folder of the inboxes: clients drop files, instances look. */
export class InboxFolder {
  private readonly files = new Map<string, File>();

  drop(path: string, size: number, mtimeMs: number): void {
    this.files.set(path, { size, mtimeMs });
  }

  as(process: Process): InboxDisk {
    const look = <T>(label: string, work: () => T): Promise<T> => new Promise((resolve, reject) => void process.after(LOOK_MS * process.dice.number(), label, () => {
      try {
        resolve(work());
      } catch (error) {
        reject(error as Error);
      }
    }));
    return {
      mkdir: () => look('mkdir', () => undefined),
      lstat: (path) => look('lstat', () => this.stats(path)) as never,
      opendir: (dir) => look('opendir', () => this.list(dir)),
      watch: () => ({ close() {}, unref() {}, on() {} }) as never,
    };
  }

  private stats(path: string): object {
    const file = this.files.get(path);
    const isFolder = path.split('/').length <= 3;
    if (!file && !isFolder) throw new Error(`there is no ${path}`);
    return { size: file?.size ?? 0, mtimeMs: file?.mtimeMs ?? 0, isFile: () => file !== undefined, isDirectory: () => !file, isSymbolicLink: () => false };
  }

  private list(dir: string): AsyncIterable<{ name: string }> {
    const names = [...this.files.keys()].filter((path) => path.startsWith(`${dir}/`)).map((path) => ({ name: path.slice(dir.length + 1) }));
    return { async *[Symbol.asyncIterator]() { yield* names; } };
  }
}
