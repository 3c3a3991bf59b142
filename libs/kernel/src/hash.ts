import { hash, type BinaryToTextEncoding } from 'node:crypto';

/** SHA-256 of a text (UTF-8) or bytes; crypto.hash is one call into OpenSSL, the object form costs twice as much for short texts. */
export function sha256(data: string | Uint8Array, encoding: BinaryToTextEncoding = 'hex'): string {
  return hash('sha256', data, encoding);
}

/** First 4 bytes of SHA-256(key) modulo the partition count (protocols.md section 1); keys are remembered, up to 100,000. */
export function partitionOf(key: string, partitions: number): number {
  let word = words.get(key);
  if (word === undefined) {
    word = wordOf(key);
    if (words.size >= 100_000) words.clear();
    words.set(key, word);
  }
  return word % partitions;
}
const words = new Map<string, number>();

/** Whether the key lies in the partition; it is not remembered: most keys that are only tried are never asked for again. */
export function isIn(partition: number, key: string, partitions: number): boolean {
  return wordOf(key) % partitions === partition;
}

function wordOf(key: string): number {
  return Number.parseInt(sha256(key).slice(0, 8), 16);
}

/** Adds and removes 256-bit digests modulo 2^256, so that a set of them hashes the same in any order. */
export const DIGEST_MODULUS = 1n << 256n;

export function digestOf(text: string): bigint {
  return BigInt('0x' + sha256(text));
}
