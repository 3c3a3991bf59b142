import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { unpack } from './bundles.ts';

/** A tar of entries that no well-meaning packer would write. */
function tar(...entries: { path: string; type?: 'File' | 'SymbolicLink' | 'Link' | 'CharacterDevice'; linkpath?: string; content?: string }[]): Buffer {
  const blocks = entries.flatMap(({ path, type = 'File', linkpath, content = '' }) => {
    const header = new Header({ path, type, size: content.length, mode: 0o755, mtime: new Date(0), ...(linkpath !== undefined && { linkpath }) });
    const block = Buffer.alloc(512);
    header.encode(block);
    return [block, Buffer.from(content.padEnd(Math.ceil(content.length / 512) * 512, '\0'))];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

describe('unpack', () => {
  let root: string;
  let dir: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'novacron-bundle-'));
    dir = mkdtempSync(join(root, 'in-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('unpacks files read-only', async () => {
    await unpack(tar({ path: 'tasks/a.mjs', content: 'export {}' }), dir);
    expect(readFileSync(join(dir, 'tasks/a.mjs'), 'utf8')).toBe('export {}');
    expect(statSync(join(dir, 'tasks/a.mjs')).mode & 0o222).toBe(0);
  });

  it.each([
    [{ path: '../outside', content: 'x' }],
    [{ path: '/tmp/novacron-outside', content: 'x' }],
    [{ path: 'a/../../outside', content: 'x' }],
    [{ path: 'a\\..\\..\\outside', content: 'x' }],
    [{ path: 'link', type: 'SymbolicLink' as const, linkpath: '/etc' }],
    [{ path: 'link', type: 'SymbolicLink' as const, linkpath: 'tasks' }],
    [{ path: 'hard', type: 'Link' as const, linkpath: '../outside' }],
    [{ path: 'device', type: 'CharacterDevice' as const }],
  ])('refuses the whole bundle for %j', async (entry) => {
    writeFileSync(join(root, 'before'), '');
    await expect(unpack(tar({ path: 'good.mjs', content: 'x' }, entry), dir)).rejects.toMatchObject({ class: 'permanent', code: 'BundleRefused' });
    expect(existsSync(join(root, 'outside'))).toBe(false);
    expect(existsSync('/tmp/novacron-outside')).toBe(false);
  });

  it('refuses what unpacks to too many entries or bytes, and what is no archive', async () => {
    const many = tar(...Array.from({ length: 10_001 }, (_, i) => ({ path: `f${i}` })));
    await expect(unpack(many, dir)).rejects.toMatchObject({ code: 'BundleRefused' });
    await expect(unpack(Buffer.from('not an archive'), dir)).rejects.toMatchObject({ code: 'BundleRefused' });
  });
});
