import { join } from 'node:path';
import { isRefusal, sha256, type Random } from '@novacron/kernel';
import { mintNodeCredential, ownerFile, type Secrets, type ServiceLog, type Submitted } from '@novacron/service';
import type { BootstrapReply } from '../domain/access/messages.ts';
import { SYSTEM } from '../domain/access/state.ts';
import { newKey, PREFIX_LENGTH } from './api-key.ts';

/**
 * Gives the installation its first admin key and node credential: `<data>/admin.key` and `<data>/node.token`, 0600. The file is written
 * before its key can be accepted, and a start that was cut short goes on with the file it finds, so no crash leaves a key that nobody has.
 * Returns whether the key in the file is accepted.
 */
export async function firstStart(log: ServiceLog, dataDir: string, secrets: Secrets, random: Random): Promise<boolean> {
  const key = ownerFile(join(dataDir, 'admin.key'), () => newKey(random), random);
  const answer = await log.submit(SYSTEM, { type: 'Bootstrap', hash: sha256(key), prefix: key.slice(0, PREFIX_LENGTH) });
  if (isRefusal(answer as never)) return false;
  const { nodeCredential, accepted } = (answer as Submitted).reply as unknown as BootstrapReply;
  ownerFile(join(dataDir, 'node.token'), () => mintNodeCredential(secrets.credentialKey, { id: nodeCredential, pool: 'default' }), random);
  return accepted;
}
