import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '@novacron/kernel';
import type { Secrets, Settings } from './api.ts';

/** Reads the installation's secrets, or makes them: each a 0600 file of 32 random bytes in hex. Several processes may start at once. */
export function openSecrets({ dataDir, env }: Pick<Settings, 'dataDir' | 'env'>, random: Random): Secrets {
  const kek = env['NOVACRON_KEK'];
  if (kek !== undefined && !/^[0-9a-f]{64}$/i.test(kek)) throw new Error('NOVACRON_KEK must be 32 bytes in hex (64 digits)');
  return {
    credentialKey: secretFile(join(dataDir, 'secrets'), 'credential.key', random),
    sealingKey: kek === undefined ? secretFile(join(dataDir, 'secrets'), 'sealing.key', random) : Buffer.from(kek, 'hex'),
  };
}

function secretFile(directory: string, name: string, random: Random): Buffer {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, name);
  const aside = `${file}.${random.uuid()}`;
  writeFileSync(aside, Buffer.from(random.bytes(32)).toString('hex'), { mode: 0o600 });
  try {
    linkSync(aside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
  return Buffer.from(readFileSync(file, 'utf8'), 'hex');
}
