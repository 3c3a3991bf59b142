import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';

/** PKCS #8 of an Ed25519 private key (RFC 8410) up to its 32 bytes. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Who signs heads: the installation, by an Ed25519 key (RFC 8032) of its own. */
export interface Signer {
  readonly publicKey: PublicKey;
  /** base64url. */
  sign(text: string): string;
}

/** What checks signatures; it may leave the machine, the private key never does. */
export interface PublicKey {
  /** First 16 bytes of SHA-256 over the key's DER form, in hex: names the key in every statement. */
  readonly fingerprint: string;
  /** `-----BEGIN PUBLIC KEY-----`. */
  readonly pem: string;
  verify(text: string, signature: string): boolean;
}

/** The key that 32 secret bytes stand for. */
export function signerOf(seed: Uint8Array): Signer {
  if (seed.length !== 32) throw new Error(`An Ed25519 key has 32 bytes, not ${seed.length}.`);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  return { publicKey: publicKey(createPublicKey(key)), sign: (text) => sign(null, Buffer.from(text), key).toString('base64url') };
}

/** Reads a public key in PEM; throws where the text is none, or of another kind. */
export function publicKeyOf(pem: string): PublicKey {
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`The key is ${key.asymmetricKeyType}; heads are signed with ed25519.`);
  return publicKey(key);
}

function publicKey(key: KeyObject): PublicKey {
  const der = key.export({ type: 'spki', format: 'der' });
  return {
    fingerprint: createHash('sha256').update(der).digest('hex').slice(0, 32),
    pem: key.export({ type: 'spki', format: 'pem' }) as string,
    verify: (text, signature) => {
      const bytes = Buffer.from(signature, 'base64url');
      // 64 bytes leave four bits of the last character free: only the text that signing makes counts.
      return bytes.toString('base64url') === signature && verify(null, Buffer.from(text), key, bytes);
    },
  };
}
