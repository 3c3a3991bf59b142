import { expect, test } from '@jest/globals';
import { signerOf } from './signing.ts';

test('SE-04 a signature is one text: no other that decodes to the same bytes is taken for it', () => {
  const signer = signerOf(Buffer.alloc(32, 7));
  const signature = signer.sign('text');
  const others = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].map((last) => signature.slice(0, -1) + last);
  expect(others.filter((other) => Buffer.from(other, 'base64url').equals(Buffer.from(signature, 'base64url'))).length).toBe(16);
  expect(others.filter((other) => signer.publicKey.verify('text', other))).toEqual([signature]);
  expect(signer.publicKey.verify('text', `${signature}==`)).toBe(false);
});
