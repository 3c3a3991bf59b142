import { watch, type FSWatcher, type Stats } from 'node:fs';
import { lstat, mkdir, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ports } from '@novacron/kernel';

export const RESCAN_MS = 1_000;
/** A file must be the same in two looks that are so far apart. */
export const STABLE_MS = 500;
/** Names that are looked at; more is said aloud and waits until some are gone. */
export const MAX_FILES = 100_000;
const HINT_MS = 20;
const DONE = '.done';

export interface Arrival {
  readonly name: string;
  readonly path: string;
  readonly size: number;
  /** Of the last change, whole ms since the epoch. */
  readonly mtime: number;
}

interface Seen {
  readonly size: number;
  readonly mtime: number;
  /** Monotonic time of the first look that saw it like this. */
  readonly since: number;
  told: boolean;
}

/** What it sees of the file system. */
export interface InboxDisk {
  readonly mkdir: (dir: string, options: { recursive: true }) => Promise<unknown>;
  readonly lstat: (path: string) => Promise<Stats>;
  readonly opendir: (dir: string) => Promise<AsyncIterable<{ readonly name: string }>>;
  readonly watch: (dir: string, hint: () => void) => FSWatcher;
}
export const realDisk: InboxDisk = { mkdir, lstat, opendir, watch: (dir, hint) => watch(dir, hint) };

export interface InboxPorts extends Pick<Ports, 'clock' | 'timers'> {
  /** Resolves when the arrival is in the log; a rejection has it told again by the next scan. */
  tell(arrival: Arrival): Promise<void>;
  warn(details: object, text: string): void;
}

/**
 * Looks into one folder for whole files (T5). The periodic scan is the truth, the file system's events only bring it forward, so an overflow
 * of them loses nothing. What it remembers is bounded by what lies in the folder.
 */
export class Inbox {
  private readonly seen = new Map<string, Seen>();
  private readonly complained = new Set<string>();
  private stopped = false;
  /** Also before the start: the first look comes with it. */
  private scanning = true;
  private hinted = false;
  private watcher: FSWatcher | undefined;
  private cancel: () => void = () => undefined;
  private readonly dir: string;
  private readonly ports: InboxPorts;
  private readonly disk: InboxDisk;

  constructor(dir: string, ports: InboxPorts, disk: InboxDisk) {
    this.dir = dir;
    this.disk = disk;
    this.ports = ports;
  }

  start(): void {
    void this.turn();
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
    this.watcher?.close();
  }

  /** Another trigger listens: everything is told once more, and whoever knows it already says nothing. */
  retell(): void {
    for (const seen of this.seen.values()) seen.told = false;
    this.wake(0);
  }

  private wake(ms: number): void {
    if (this.stopped) return;
    if (this.scanning) {
      this.hinted = true;
      return;
    }
    this.cancel();
    this.cancel = this.ports.timers.after(ms, () => void this.turn());
  }

  private async turn(): Promise<void> {
    const { clock } = this.ports;
    const startedAt = clock.monotonic();
    this.scanning = true;
    this.hinted = false;
    let unsettled = false;
    try {
      unsettled = await this.scan();
    } catch (error) {
      this.complain(this.dir, { dir: this.dir, error: (error as Error).message }, 'an inbox cannot be read; its files wait');
    }
    this.scanning = false;
    if (this.stopped) return;
    // A folder that takes long to read is read less often: at most a thirtieth of the time goes into it.
    const pause = Math.max(unsettled ? STABLE_MS : RESCAN_MS, 30 * (clock.monotonic() - startedAt));
    this.wake(this.hinted ? HINT_MS : pause);
  }

  /** One look at everything; says whether a file waits for its second look. */
  private async scan(): Promise<boolean> {
    await this.open();
    const { names, markers } = await this.list();
    for (const name of this.seen.keys()) if (!names.has(name)) this.seen.delete(name);
    for (const name of this.complained) if (name !== this.dir && !names.has(name)) this.complained.delete(name);
    let unsettled = false;
    for (const name of names) {
      if (this.stopped) return false;
      const seen = await this.look(name);
      if (!seen || seen.told) continue;
      if (markers.has(name) || this.ports.clock.monotonic() - seen.since >= STABLE_MS) await this.tell(name, seen);
      else unsettled = true;
    }
    return unsettled;
  }

  /** Makes the folder if it is not there; follows no link out of it. */
  private async open(): Promise<void> {
    await this.disk.mkdir(this.dir, { recursive: true });
    if (!(await this.disk.lstat(this.dir)).isDirectory()) throw new Error('it is not a plain folder');
    this.complained.delete(this.dir);
    if (this.watcher || this.stopped) return;
    try {
      this.watcher = this.disk.watch(this.dir, () => this.wake(HINT_MS));
      this.watcher.unref();
      this.watcher.on('error', () => {
        this.watcher?.close();
        this.watcher = undefined;
      });
    } catch {
      // No watches left on this machine: the periodic scan does without.
    }
  }

  private async list(): Promise<{ names: Set<string>; markers: Set<string> }> {
    const names = new Set<string>();
    const markers = new Set<string>();
    for await (const { name } of await this.disk.opendir(this.dir)) {
      if (name.endsWith(DONE)) markers.add(name.slice(0, -DONE.length));
      else if (!isIgnored(name)) names.add(name);
      if (names.size + markers.size < MAX_FILES) continue;
      this.complain(this.dir, { dir: this.dir, limit: MAX_FILES }, 'an inbox holds too many files; the rest waits until some are moved away');
      break;
    }
    return { names, markers };
  }

  private async look(name: string): Promise<Seen | undefined> {
    const stats = await this.disk.lstat(join(this.dir, name)).catch(() => undefined);
    if (!stats) return undefined;
    const fault = faultOf(name, stats);
    if (fault) {
      this.complain(name, { dir: this.dir, name }, `a file in an inbox is refused: ${fault}`);
      return undefined;
    }
    const mtime = Math.floor(stats.mtimeMs);
    const known = this.seen.get(name);
    if (known?.size === stats.size && known.mtime === mtime) return known;
    const seen = { size: stats.size, mtime, since: this.ports.clock.monotonic(), told: false };
    this.seen.set(name, seen);
    return seen;
  }

  private async tell(name: string, seen: Seen): Promise<void> {
    seen.told = true;
    try {
      await this.ports.tell({ name, path: join(this.dir, name), size: seen.size, mtime: seen.mtime });
    } catch {
      seen.told = false;
    }
  }

  /** Once per name, so that a link that stays does not fill the log. */
  private complain(about: string, details: object, text: string): void {
    if (this.complained.has(about)) return;
    this.complained.add(about);
    this.ports.warn(details, text);
  }
}

/** Files that somebody is still writing, by the custom of those who write them. */
function isIgnored(name: string): boolean {
  return name.startsWith('.') || name.endsWith('.tmp') || name.endsWith('.part');
}

function faultOf(name: string, stats: Stats): string | undefined {
  if (/[\u0000-\u001f\u007f/\\]/.test(name)) return 'its name holds a slash, a backslash or a control character';
  if (stats.isSymbolicLink()) return 'it is a symbolic link';
  return stats.isFile() ? undefined : 'it is not a plain file';
}
