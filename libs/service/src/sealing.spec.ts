import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { realPorts } from '@novacron/kernel';
import { seal, unseal } from './sealing.ts';

const key = Buffer.alloc(32, 7);
const { random } = realPorts();

describe('sealing', () => {
  it('opens what it sealed, and never shows it', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', minLength: 8 }), (text) => {
      const sealed = seal(key, text, random);
      expect(unseal(key, sealed)).toBe(Buffer.from(text).toString());
      expect(sealed).not.toContain(text);
    }));
  });

  it('seals the same text differently each time', () => expect(seal(key, 'x', random)).not.toBe(seal(key, 'x', random)));

  it('refuses another key, a changed byte and what was never sealed', () => {
    const sealed = seal(key, 'https://hooks.example/1', random);
    expect(() => unseal(Buffer.alloc(32, 8), sealed)).toThrow(/another key/);
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    bytes[20]! ^= 1;
    expect(() => unseal(key, `v1.${bytes.toString('base64url')}`)).toThrow(/another key/);
    expect(() => unseal(key, 'plain')).toThrow(/not a sealed value/);
  });
});
