import { describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { list, type ReadEntry } from 'tar';
import { BUNDLE_LIMITS, packBundle } from './bundle.ts';

function folder(files: Record<string, string>): string {
  const dir = mkdtempSync(join(tmpdir(), 'novacron-bundle-'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  }
  return dir;
}

function entries(packed: Buffer): string[] {
  const found: string[] = [];
  list({ onReadEntry: ({ path, type }: ReadEntry) => void found.push(`${type} ${path}`) }).end(packed);
  return found;
}

describe('a workflow\'s folder', () => {
  test('is packed without node_modules and dotfiles, at any depth', async () => {
    const dir = folder({ 'workflow.yaml': 'w', 'tasks/a.mjs': 'a', 'node_modules/x/index.js': 'x', 'tasks/node_modules/y.js': 'y', '.git/HEAD': 'g', '.env': 's', 'tasks/.cache': 'c' });
    expect(entries(await packBundle(dir))).toEqual(['Directory tasks/', 'File tasks/a.mjs', 'File workflow.yaml']);
  });

  test('gives the same bytes for the same content, whenever and wherever', async () => {
    const files = { 'workflow.yaml': 'w', 'b.mjs': 'b', 'a/c.mjs': 'c' };
    const [one, two] = [folder(files), folder(files)];
    utimesSync(join(two, 'b.mjs'), 1, 1);
    expect((await packBundle(one)).equals(await packBundle(two))).toBe(true);
    expect((await packBundle(one)).equals(await packBundle(folder({ ...files, 'b.mjs': 'B' })))).toBe(false);
  });

  test('may link within itself, and the content travels', async () => {
    const dir = folder({ 'lib/a.mjs': 'a' });
    symlinkSync('lib/a.mjs', join(dir, 'b.mjs'));
    symlinkSync('lib', join(dir, 'tasks'));
    expect(entries(await packBundle(dir))).toEqual(['File b.mjs', 'Directory lib/', 'File lib/a.mjs', 'Directory tasks/', 'File tasks/a.mjs']);
  });

  test.each([
    ['/etc/hosts', 'x is a link to /etc/hosts, outside of the workflow\'s folder; copy the file into the folder.'],
    ['..', expect.stringContaining('outside of the workflow\'s folder')],
    ['.', 'x is a link to the folder itself, which it lies in.'],
    ['nothing', 'x is a link to nothing; remove it from the workflow\'s folder.'],
  ])('must not link to %s', async (target, message) => {
    const dir = folder({ 'workflow.yaml': 'w' });
    symlinkSync(target, join(dir, 'x'));
    await expect(packBundle(dir)).rejects.toMatchObject({ id: 'BundleRefused', message });
  });

  test('has limits: packed, unpacked, entries', async () => {
    const dir = folder({ 'a.mjs': 'a'.repeat(4_096), 'b.mjs': 'b' });
    const refused = (limits: Partial<typeof BUNDLE_LIMITS>) => packBundle(dir, { ...BUNDLE_LIMITS, ...limits }).then(() => 'packed', (error: Error & { id: string }) => `${error.id}: ${error.message.replace(dir, 'DIR').split(';')[0]}`);
    await expect(refused({})).resolves.toBe('packed');
    await expect(refused({ packed: 64 })).resolves.toBe('BundleTooLarge: DIR packs to more than 64 bytes');
    await expect(refused({ unpacked: 4_096 })).resolves.toBe('BundleTooLarge: DIR holds more than 4096 bytes');
    await expect(refused({ entries: 1 })).resolves.toBe('BundleTooLarge: DIR holds more than 1 files');
    expect(BUNDLE_LIMITS).toEqual({ packed: 16_777_216, unpacked: 268_435_456, entries: 10_000 });
  });
});
