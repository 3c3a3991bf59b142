import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Random } from '@novacron/kernel';

/** The text of a 0600 file, which is made, synced and linked into place when it is not there; of two that make it at once, one wins. */
export function ownerFile(file: string, make: () => string, random: Random): string {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const aside = `${file}.${random.uuid()}`;
    const handle = openSync(aside, 'wx', 0o600);
    writeSync(handle, `${make()}\n`);
    fsyncSync(handle);
    closeSync(handle);
    try {
      linkSync(aside, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(aside, { force: true });
    }
  }
  chmodSync(file, 0o600);
  return readFileSync(file, 'utf8').trim();
}
