import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { create } from 'tar';
import { CliError } from './exit-codes.ts';

export interface BundleLimits {
  /** Bytes of the tar.gz. */
  readonly packed: number;
  /** Bytes of all files. */
  readonly unpacked: number;
  /** Files and folders. */
  readonly entries: number;
}

/** What server and agents take. */
export const BUNDLE_LIMITS: BundleLimits = { packed: 16 * 1024 * 1024, unpacked: 256 * 1024 * 1024, entries: 10_000 };

/**
 * A workflow's folder as tar.gz: without node_modules and names that begin with a dot, links replaced by what they point at. The bytes depend
 * on the files' names and contents only, so that an unchanged folder is stored once.
 */
export async function packBundle(folder: string, limits: BundleLimits = BUNDLE_LIMITS): Promise<Buffer> {
  const paths = await new Walk(await realpath(folder), limits).run();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of create({ cwd: folder, gzip: { level: 6 }, portable: true, noMtime: true, noPax: true, follow: true, noDirRecurse: true, strict: true }, paths)) {
    size += (chunk as Buffer).length;
    if (size > limits.packed) throw tooLarge(folder, `packs to more than ${mib(limits.packed)}`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

class Walk {
  private readonly root: string;
  private readonly limits: BundleLimits;
  private readonly paths: string[] = [];
  private bytes = 0;

  constructor(root: string, limits: BundleLimits) {
    this.root = root;
    this.limits = limits;
  }

  async run(): Promise<string[]> {
    await this.folder('', [this.root]);
    return this.paths;
  }

  /** `above` are the real folders on the way here: a link to one of them would never end. */
  private async folder(path: string, above: readonly string[]): Promise<void> {
    const names = (await readdir(join(this.root, path))).filter((name) => name !== 'node_modules' && !name.startsWith('.')).sort();
    for (const name of names) await this.entry(path === '' ? name : `${path}/${name}`, above);
  }

  private async entry(path: string, above: readonly string[]): Promise<void> {
    const real = await realpath(join(this.root, path)).catch(() => {
      throw new CliError('BundleRefused', `${path} is a link to nothing; remove it from the workflow's folder.`);
    });
    if (real !== this.root && !real.startsWith(this.root + sep)) throw new CliError('BundleRefused', `${path} is a link to ${real}, outside of the workflow's folder; copy the file into the folder.`);
    if (above.includes(real)) throw new CliError('BundleRefused', `${path} is a link to ${relative(this.root, real) || 'the folder itself'}, which it lies in.`);
    const found = await stat(real);
    if (!found.isFile() && !found.isDirectory()) throw new CliError('BundleRefused', `${path} is neither a file nor a folder; remove it from the workflow's folder.`);
    this.paths.push(path);
    this.bytes += found.isFile() ? found.size : 0;
    if (this.paths.length > this.limits.entries) throw tooLarge(this.root, `holds more than ${this.limits.entries} files`);
    if (this.bytes > this.limits.unpacked) throw tooLarge(this.root, `holds more than ${mib(this.limits.unpacked)}`);
    if (found.isDirectory()) await this.folder(path, [...above, real]);
  }
}

const tooLarge = (folder: string, what: string) => new CliError('BundleTooLarge', `${folder} ${what}; a workflow's folder is for code: keep data elsewhere and pass its path as a parameter.`);

const mib = (bytes: number): string => (bytes < 1024 * 1024 ? `${bytes} bytes` : `${bytes / 1024 / 1024} MiB`);
