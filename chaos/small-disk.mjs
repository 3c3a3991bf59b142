import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from './network.mjs';

const PART = Buffer.alloc(256 * 1024, 'x');

/** Why there can be no small file system here; undefined where there can. */
export function whyNoDisk() {
  if (process.platform !== 'linux') return `a small file system is mounted on Linux only, this is ${process.platform}`;
  return process.getuid() === 0 ? undefined : 'mounting a small file system needs root';
}

/** A file system of so many MiB in memory, that can be filled to the last byte and freed. */
export class SmallDisk {
  constructor(path, size) {
    const why = whyNoDisk();
    if (why) throw new Error(`--fault disk cannot run: ${why}`);
    mkdirSync(path, { recursive: true });
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}m,mode=0711`, 'novacron-chaos', path], { stdio: ['ignore', 'ignore', 'pipe'] });
    } catch (error) {
      throw new Error(`--fault disk cannot run: this machine refuses to mount a tmpfs (root without CAP_SYS_ADMIN?): ${reasonOf(error)}`);
    }
    Object.assign(this, { path, filler: join(path, 'filler') });
    this.undo = () => this.close();
    process.on('exit', this.undo);
  }

  fill() {
    const file = openSync(this.filler, 'a');
    try {
      for (let size = PART.length; size >= 1; ) {
        try {
          size = writeSync(file, PART, 0, size) > 0 ? size : 0;
        } catch (error) {
          if (error.code !== 'ENOSPC') throw error;
          size >>= 1;
        }
      }
    } finally {
      closeSync(file);
    }
  }

  free() {
    rmSync(this.filler, { force: true });
  }

  close() {
    process.off('exit', this.undo);
    // Lazily: a process that ends late must not keep it mounted.
    spawnSync('umount', ['-l', this.path]);
  }
}
