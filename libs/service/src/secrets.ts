import { join } from 'node:path';
import type { Random } from '@novacron/kernel';
import type { Secrets, Settings } from './api.ts';
import { ownerFile } from './owner-file.ts';

/** Reads the installation's secrets, or makes them: each a 0600 file of 32 random bytes in hex. */
export function openSecrets({ dataDir, env }: Pick<Settings, 'dataDir' | 'env'>, random: Random): Secrets {
  const kek = env['NOVACRON_KEK'];
  if (kek !== undefined && !/^[0-9a-f]{64}$/i.test(kek)) throw new Error('NOVACRON_KEK must be 32 bytes in hex (64 digits)');
  const key = (name: string) => Buffer.from(ownerFile(join(dataDir, 'secrets', name), () => Buffer.from(random.bytes(32)).toString('hex'), random), 'hex');
  return { credentialKey: key('credential.key'), sealingKey: kek === undefined ? key('sealing.key') : Buffer.from(kek, 'hex') };
}
