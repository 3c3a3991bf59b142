import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { x, type ReadEntry } from 'tar';
import type { Ports } from '@novacron/kernel';
import { sha256Of } from './hashes.ts';
import { transfer, TransferFailed, type Source } from './transfer.ts';

const PACKED_LIMIT = 16 * 1024 * 1024;
const UNPACKED_LIMIT = 256 * 1024 * 1024;
const ENTRY_LIMIT = 10_000;

/** Workflows' folders, unpacked once per hash under `<dir>/<hash>` and never changed. */
export class Bundles {
  readonly #ports: Ports;
  readonly #dir: string;
  readonly #ready = new Map<string, string | Promise<string>>();

  constructor(ports: Ports, dir: string) {
    this.#ports = ports;
    this.#dir = dir;
    mkdirSync(dir, { recursive: true });
  }

  /** The folder; a promise only while it is fetched. */
  get(hash: string, source: Source): string | Promise<string> {
    const ready = this.#ready.get(hash);
    if (ready !== undefined) return ready;
    const path = `${this.#dir}/${hash}`;
    const found = existsSync(path) ? path : this.#fetch(hash, path, source);
    this.#ready.set(hash, found);
    if (found instanceof Promise) found.then(() => this.#ready.set(hash, path), () => this.#ready.delete(hash));
    return found;
  }

  async #fetch(hash: string, path: string, source: Source): Promise<string> {
    const packed = await transfer(this.#ports, source, { method: 'GET', path: `bundle/${hash}` }, (response) => readLimited(response, hash));
    if (sha256Of(packed) !== hash) throw new TransferFailed('transient', 'HashMismatch', `bundle ${hash} arrived with other content`);
    const partial = `${path}.${this.#ports.random.uuid()}`;
    mkdirSync(partial);
    try {
      await unpack(packed, partial);
      renameSync(partial, path);
    } catch (error) {
      rmSync(partial, { recursive: true, force: true });
      if (!existsSync(path)) throw error;
    }
    return path;
  }
}

async function readLimited(response: Response, hash: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > PACKED_LIMIT) throw refused(`${hash} has over ${PACKED_LIMIT} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Files and folders only, inside the folder only, within limits; anything else refuses the whole bundle. */
export async function unpack(packed: Buffer, dir: string): Promise<void> {
  let entries = 0;
  let size = 0;
  let problem: TransferFailed | undefined;
  const filter = (path: string, entry: unknown) => {
    const { type, size: bytes } = entry as ReadEntry;
    entries++;
    size += bytes;
    if (type !== 'File' && type !== 'OldFile' && type !== 'Directory') problem ??= refused(`${path} is a ${type}; files and folders are allowed`);
    else if (path.startsWith('/') || path.includes('\\') || path.split('/').includes('..')) problem ??= refused(`${path} leads out of the folder`);
    else if (entries > ENTRY_LIMIT || size > UNPACKED_LIMIT) problem ??= refused(`it unpacks to over ${ENTRY_LIMIT} entries or ${UNPACKED_LIMIT} bytes`);
    (entry as ReadEntry).mode = type === 'Directory' ? 0o755 : 0o444 | ((entry as ReadEntry).mode ?? 0) & 0o111;
    return problem === undefined;
  };
  try {
    await pipeline(Readable.from([packed]), x({ cwd: dir, strict: true, filter }));
  } catch (error) {
    throw problem ?? refused((error as Error).message);
  }
  if (problem) throw problem;
}

const refused = (why: string) => new TransferFailed('permanent', 'BundleRefused', `the workflow's bundle is refused: ${why}`);
