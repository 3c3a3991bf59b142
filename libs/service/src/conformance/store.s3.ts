import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, ListMultipartUploadsCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { realPorts } from '@novacron/kernel';
import { openArtifacts } from '../artifacts/open.ts';
import { conformsAsArtifactStore } from './artifacts.ts';

const endpoint = process.env['NOVACRON_TEST_S3']!;
const client = new S3Client({ endpoint, forcePathStyle: true, region: 'us-east-1' });
const { random } = realPorts();
const open = (where: string, dataDir: string) => openArtifacts(dataDir, { NOVACRON_ARTIFACTS: where, NOVACRON_S3_ENDPOINT: endpoint }, random);

async function place() {
  const dataDir = mkdtempSync(join(tmpdir(), 'novacron-spool-'));
  const where = `s3://artifacts/${random.uuid()}`;
  const [store, other] = await Promise.all([open(where, dataDir), open(where, dataDir)]);
  return { store, other, where, aside: join(dataDir, 'spool'), close: async () => rmSync(dataDir, { recursive: true, force: true }) };
}

beforeAll(() => client.send(new CreateBucketCommand({ Bucket: 'artifacts' })));

conformsAsArtifactStore('an S3 bucket', async () => {
  const made = await place();
  await made.store.put(Buffer.alloc(0)); // so that the spool is there to look into
  return made;
});

describe('in a bucket', () => {
  it('keys stand below the prefix, by hash', async () => {
    const { store, where } = await place();
    const { hash } = await store.put(Buffer.from('below'));
    const Prefix = `${where.slice('s3://artifacts/'.length)}/`;
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: 'artifacts', Prefix }));
    expect(Contents?.map(({ Key }) => Key)).toEqual([`${Prefix}${hash.slice(0, 2)}/${hash}`]);
  });
  it('large contents go in parts, of which none is left over', async () => {
    const { store } = await place();
    const { hash } = await store.put(Buffer.alloc(33 * 1024 * 1024, 'x'));
    expect(await store.has(hash)).toBe(true);
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket: 'artifacts' }))).Uploads ?? []).toEqual([]);
  });
  it('a reader is told when the bytes are not the ones that the name promises', async () => {
    const { store, where } = await place();
    const { hash } = await store.put(Buffer.from('true'));
    await client.send(new PutObjectCommand({ Bucket: 'artifacts', Key: `${where.slice('s3://artifacts/'.length)}/${hash.slice(0, 2)}/${hash}`, Body: 'false' }));
    await expect((async () => {
      for await (const _ of await store.get(hash));
    })()).rejects.toThrow(/SHA-256/);
  });
  it('a bucket that is not there, keys that are refused and a server that is away are named at the start', async () => {
    await expect(open('s3://nowhere', tmpdir())).rejects.toThrow(/bucket nowhere .* does not exist/);
    await expect(openArtifacts(tmpdir(), { NOVACRON_ARTIFACTS: 's3://artifacts', NOVACRON_S3_ENDPOINT: 'http://127.0.0.1:1' }, random)).rejects.toThrow(/cannot be reached/);
    const key = process.env['AWS_SECRET_ACCESS_KEY'];
    process.env['AWS_SECRET_ACCESS_KEY'] = 'wrong';
    await expect(open('s3://artifacts', tmpdir())).rejects.toThrow(/refuses our credentials/);
    process.env['AWS_SECRET_ACCESS_KEY'] = key;
  });
});
