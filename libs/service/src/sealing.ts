import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import type { Random } from '@novacron/kernel';

const VERSION = 'v1';

/** Seals a text with AES-256-GCM (NIST SP 800-38D) under a fresh nonce: `v1.` and base64url of nonce, tag and ciphertext. Only sealed values may enter the log. */
export function seal(key: Buffer, text: string, random: Random): string {
  const nonce = random.bytes(12);
  const cipher = createCipheriv('aes-256-gcm', aesKey(key), nonce);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return `${VERSION}.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')}`;
}

/** Opens what `seal` made; throws when the key is another or the value was changed. */
export function unseal(key: Buffer, sealed: string): string {
  const [version, body] = sealed.split('.');
  const bytes = Buffer.from(body ?? '', 'base64url');
  if (version !== VERSION || bytes.length < 28) throw new Error('This is not a sealed value: expected "v1." and base64url.');
  const decipher = createDecipheriv('aes-256-gcm', aesKey(key), bytes.subarray(0, 12), { authTagLength: 16 });
  decipher.setAuthTag(bytes.subarray(12, 28));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
  } catch {
    throw new Error('A sealed value cannot be opened: it was sealed with another key (NOVACRON_KEK, or the key file of another data directory) or was changed.');
  }
}

/** A key of any length (NOVACRON_KEK is what an operator typed) becomes 256 bits (RFC 5869). */
const aesKey = (key: Buffer) => Buffer.from(hkdfSync('sha256', key, '', 'novacron sealing', 32));

/** What the gateway seals for a destination (`DestinationAddRequested.sealed`), as JSON. */
export interface DestinationTarget {
  readonly url: string;
  /** Key of the Standard Webhooks signature, `whsec_` and base64; webhooks only. */
  readonly secret?: string;
}
