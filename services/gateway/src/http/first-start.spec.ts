import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realPorts } from '@novacron/kernel';
import { verifyNodeCredential } from '@novacron/service';
import { FakeLog } from '../testing/fakes.ts';
import { firstStart } from './first-start.ts';
import { KeyDirectory } from './key-directory.ts';

const secrets = { credentialKey: Buffer.alloc(32, 1), sealingKey: Buffer.alloc(32, 2) };
const { random, ...ports } = realPorts();
let data: string;
beforeEach(() => void (data = mkdtempSync(join(tmpdir(), 'novacron-first-'))));
afterEach(() => rmSync(data, { recursive: true }));

const text = (name: string) => readFileSync(join(data, name), 'utf8').trim();

test('the first start leaves an admin key and a node token, 0600, and the next ones change nothing', async () => {
  const log = new FakeLog();
  expect(await firstStart(log, data, secrets, random)).toBe(true);
  const directory = new KeyDirectory(log, { random, ...ports });
  await directory.refresh();
  const said = log.events.length;
  const key = text('admin.key');
  expect(directory.find(key)).toMatchObject({ workspace: 'system', role: 'admin' });
  expect(verifyNodeCredential(secrets.credentialKey, text('node.token'))).toMatchObject({ pool: 'default' });
  expect(readdirSync(data).map((name) => [name, statSync(join(data, name)).mode & 0o777])).toEqual([['admin.key', 0o600], ['node.token', 0o600]]);
  expect(JSON.stringify(log.events)).not.toContain(key);
  expect(await firstStart(log, data, secrets, random)).toBe(true);
  expect([log.events.length, text('admin.key')]).toEqual([said, key]);
});

test('a start that was cut short after the file was written goes on with its key', async () => {
  const failing = Object.assign(new FakeLog(), { submit: () => Promise.reject(new Error('killed')) });
  await expect(firstStart(failing, data, secrets, random)).rejects.toThrow('killed');
  const key = text('admin.key');
  const log = new FakeLog();
  expect(await firstStart(log, data, secrets, random)).toBe(true);
  expect(text('admin.key')).toBe(key);
});

test('a key file of another log is kept and said not to be accepted', async () => {
  const log = new FakeLog();
  await firstStart(log, data, secrets, random);
  rmSync(join(data, 'admin.key'));
  expect(await firstStart(log, data, secrets, random)).toBe(false);
});
