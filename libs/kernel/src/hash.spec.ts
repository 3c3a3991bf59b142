import { describe, expect, it } from '@jest/globals';
import { digestOf, DIGEST_MODULUS, partitionOf, sha256 } from './hash.ts';
import { canonical } from './json.ts';

describe('hashes', () => {
  it('are SHA-256 of the UTF-8 text (FIPS 180-4)', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256(new TextEncoder().encode('abc'), 'base64url')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
    expect([digestOf('abc'), DIGEST_MODULUS]).toEqual([0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015adn, 2n ** 256n]);
  });

  it('name a partition by their first 4 bytes, the same for ever', () => {
    expect(partitionOf('abc', 16)).toBe(0xba7816bf % 16);
    expect(partitionOf('abc', 7)).toBe(0xba7816bf % 7);
    for (let i = 0; i < 100_050; i++) partitionOf(`k${i}`, 3);
    expect([partitionOf('abc', 7), partitionOf('k1', 1_000)]).toEqual([0xba7816bf % 7, Number.parseInt(sha256('k1').slice(0, 8), 16) % 1_000]);
  });
});

describe('canonical JSON (RFC 8785)', () => {
  it.each<[unknown, string]>([
    [null, 'null'], [true, 'true'], [1.5, '1.5'], ['a"b', '"a\\"b"'], [undefined, 'null'],
    [[], '[]'], [[1, [2, 'x'], null], '[1,[2,"x"],null]'], [{}, '{}'],
    [{ b: 1, a: { d: [], c: undefined } }, '{"a":{"d":[]},"b":1}'], [{ a: undefined, b: 2 }, '{"b":2}'], [{ '\u20ac': 1, '\r': 2, '1': 3 }, '{"\\r":2,"1":3,"\u20ac":1}'],
  ])('of %j is %s', (value, text) => expect(canonical(value)).toBe(text));
});
