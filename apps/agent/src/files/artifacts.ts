import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileRef, type FileRef } from '@novacron/contracts';
import type { Json, Ports } from '@novacron/kernel';
import { sha256OfFile } from './hashes.ts';
import { transfer, TransferFailed, type Source } from './transfer.ts';

type Inputs = Record<string, Json>;
const FILE_LIMIT = 1_000;
/** Up to here a file is sent from memory, with its length; a retry costs nothing. */
const SMALL = 1024 * 1024;

/** Files by content: fetched once into `<dir>/<hash>`, and sent with their hash checked. */
export class Artifacts {
  readonly #ports: Ports;
  readonly #dir: string;
  readonly #fetching = new Map<string, Promise<string>>();

  constructor(ports: Ports, dir: string) {
    this.#ports = ports;
    this.#dir = dir;
    mkdirSync(dir, { recursive: true });
  }

  /** The inputs with a local `path` in every file reference; the same object where there is none. */
  localize(inputs: Inputs, source: Source): Inputs | Promise<Inputs> {
    return hasReference(inputs) ? (this.#withPaths(inputs, source) as Promise<Inputs>) : inputs;
  }

  async upload(dir: string, source: Source): Promise<FileRef[]> {
    const names = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/'));
    if (names.length > FILE_LIMIT) throw new TransferFailed('permanent', 'TooManyFiles', `the attempt wrote ${names.length} files, over ${FILE_LIMIT}; pack them into one`);
    const files: FileRef[] = [];
    for (const name of names.sort()) files.push(await this.#store(name, join(dir, name), source));
    return files;
  }

  async #store(name: string, path: string, source: Source): Promise<FileRef> {
    const { size } = await stat(path);
    const hash = await sha256OfFile(path);
    const body = () => (size <= SMALL ? readFileSync(path) : Readable.toWeb(createReadStream(path)));
    const answer = await transfer(this.#ports, source, { method: 'PUT', path: 'artifacts', type: 'application/octet-stream', body }, (response) => response.json() as Promise<{ hash: string }>);
    if (answer.hash !== hash) throw new TransferFailed('transient', 'HashMismatch', `${name} was stored as ${answer.hash} and is ${hash}; did something still write to it?`);
    return { name, hash, size };
  }

  async #withPaths(value: Json, source: Source): Promise<Json> {
    const reference = fileRef.safeParse(value);
    if (reference.success) return { ...reference.data, path: await this.#fetch(reference.data.hash, source) };
    if (Array.isArray(value)) return Promise.all(value.map((item) => this.#withPaths(item, source)));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(async ([key, item]) => [key, await this.#withPaths(item ?? null, source)] as const);
    return Object.fromEntries(await Promise.all(entries));
  }

  #fetch(hash: string, source: Source): Promise<string> {
    const path = `${this.#dir}/${hash}`;
    if (existsSync(path)) return Promise.resolve(path);
    let fetching = this.#fetching.get(hash);
    if (!fetching) {
      fetching = this.#download(hash, path, source).finally(() => this.#fetching.delete(hash));
      this.#fetching.set(hash, fetching);
    }
    return fetching;
  }

  #download(hash: string, path: string, source: Source): Promise<string> {
    return transfer(this.#ports, source, { method: 'GET', path: `artifacts/${hash}` }, async (response) => {
      const partial = `${path}.${this.#ports.random.uuid()}`;
      const digest = createHash('sha256');
      const check = new Transform({ transform: (chunk: Buffer, _, done) => (digest.update(chunk), done(null, chunk)) });
      try {
        await pipeline(response.body ? Readable.fromWeb(response.body as never) : Readable.from([]), check, createWriteStream(partial, { mode: 0o444 }));
        if (digest.digest('hex') !== hash) throw new TransferFailed('transient', 'HashMismatch', `artifact ${hash} arrived with other content`);
        await rename(partial, path);
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
      return path;
    });
  }
}

function hasReference(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(hasReference);
  const object = value as Readonly<Record<string, Json>>;
  return (typeof object.hash === 'string' && fileRef.safeParse(value).success) || Object.values(object).some(hasReference);
}
