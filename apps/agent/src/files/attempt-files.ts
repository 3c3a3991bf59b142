import { mkdirSync } from 'node:fs';
import { rm, rmdir, unlink } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { attemptId, type FileRef, type StartOrder } from '@novacron/contracts';
import type { Json, Ports } from '@novacron/kernel';
import type { AttemptFiles } from '../attempts/backend.ts';
import { Artifacts } from './artifacts.ts';
import { Bundles } from './bundles.ts';
import { LogStream } from './log-stream.ts';
import type { Source } from './transfer.ts';

/** The node directory's files: bundles, fetched artifacts, folders of attempts. */
export class NodeFiles {
  readonly ports: Ports;
  readonly bundles: Bundles;
  readonly artifacts: Artifacts;
  readonly attempts: string;

  constructor(ports: Ports, dir: string) {
    this.ports = ports;
    this.bundles = new Bundles(ports, `${dir}/bundles`);
    this.artifacts = new Artifacts(ports, `${dir}/files`);
    this.attempts = `${dir}/attempts`;
    mkdirSync(this.attempts, { recursive: true });
  }

  of(order: StartOrder, url: () => string): AttemptFiles {
    return new OneAttempt(this, order, url);
  }

  /** Folders that a killed agent left. */
  async clear(): Promise<void> {
    await rm(this.attempts, { recursive: true, force: true });
    mkdirSync(this.attempts, { recursive: true });
  }
}

class OneAttempt implements AttemptFiles {
  touched = false;
  readonly #node: NodeFiles;
  readonly #source: Source;
  readonly #order: StartOrder;
  #dir: string | undefined;
  #log: LogStream | undefined;

  constructor(node: NodeFiles, order: StartOrder, url: () => string) {
    this.#node = node;
    this.#order = order;
    this.#source = { url, credential: order.credential };
  }

  get dir(): string {
    return (this.#dir ??= `${this.#node.attempts}/${folderName(attemptId(this.#order))}`);
  }

  bundle(hash: string): string | Promise<string> {
    return this.#node.bundles.get(hash, this.#source);
  }

  inputs(inputs: Record<string, Json>): Record<string, Json> | Promise<Record<string, Json>> {
    return this.#node.artifacts.localize(inputs, this.#source);
  }

  upload(dir: string): Promise<FileRef[]> {
    return this.#node.artifacts.upload(dir, this.#source);
  }

  log(text: string | Buffer): boolean {
    return (this.#log ??= new LogStream(this.#node.ports, this.#source)).write(text);
  }

  drained(): Promise<void> {
    return this.#log?.drained() ?? Promise.resolve();
  }

  close(): Promise<void> | undefined {
    if (this.touched) void removeFolder(this.dir);
    return this.#log?.close();
  }
}

/** What a process leaves that wrote nothing goes with three system calls; `rm` costs a dozen. */
async function removeFolder(dir: string): Promise<void> {
  try {
    await unlink(`${dir}/inputs.json`);
    await rmdir(`${dir}/artifacts`);
    await rmdir(dir);
  } catch {
    await rm(dir, { recursive: true, force: true }).catch(() => undefined); // what stays is cleared at the next start
  }
}

/** Readable where it fits; `/` and `..` cannot occur. */
function folderName(id: string): string {
  const name = encodeURIComponent(id);
  return name.length <= 200 ? name : createHash('sha256').update(id).digest('hex');
}
