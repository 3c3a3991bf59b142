import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, type ProcessIdentity } from '@novacron/log/embedded';
import { endTree } from './orphans.ts';

/** `<data>/processes.json`: who to look for when this supervisor was killed. */
export class ProcessRecords {
  readonly #file: string;
  readonly #children = new Map<string, ProcessIdentity>();

  constructor(dataDir: string) {
    this.#file = join(dataDir, 'processes.json');
  }

  set(name: string, { pid, startedAt }: ProcessIdentity): void {
    this.#children.set(name, { pid, startedAt });
    this.#write();
  }

  delete(name: string): void {
    if (this.#children.delete(name)) this.#write();
  }

  /** Ends what a killed supervisor left; PostgreSQL is not recorded here, its launcher finds it itself. */
  async endLeftovers(log: (line: string) => void): Promise<void> {
    const left = Object.entries(readChildren(this.#file)).filter(([, child]) => isRunning(child));
    if (left.length > 0) log(`ending what a killed supervisor left: ${left.map(([name, { pid }]) => `${name} (process ${pid})`).join(', ')}`);
    await Promise.all(left.map(([, child]) => endTree(child, 1500)));
    rmSync(this.#file, { force: true });
  }

  #write(): void {
    try {
      const aside = `${this.#file}.${process.pid}`;
      writeFileSync(aside, JSON.stringify({ children: Object.fromEntries(this.#children) }, null, 2), { mode: 0o600 });
      renameSync(aside, this.#file);
    } catch {
      return; // a disk that filled up must not keep a child from its restart; children watch their parent themselves
    }
  }
}

function readChildren(file: string): Record<string, ProcessIdentity> {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { children?: Record<string, ProcessIdentity> }).children ?? {};
  } catch {
    return {}; // the last supervisor ended in order
  }
}
