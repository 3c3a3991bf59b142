import { describe, expect, it } from '@jest/globals';
import { bearer, mintAttemptCredential, mintNodeCredential, readsState, stateCredential, verifyAttemptCredential, verifyNodeCredential } from './credentials.ts';

const key = Buffer.alloc(32, 1);
const attempt = { workspace: 'shop', run: 'r1', task: 'train', attempt: 2, expires: 1_000 };

describe('credentials', () => {
  it('say what they were minted for, to who has the key', () => {
    expect(verifyNodeCredential(key, mintNodeCredential(key, { id: 'n1', pool: 'default' }))).toEqual({ id: 'n1', pool: 'default' });
    expect(verifyAttemptCredential(key, mintAttemptCredential(key, attempt), 999)).toEqual(attempt);
    expect(readsState(key, `Bearer ${stateCredential(key)}`)).toBe(true);
  });
  it('are nothing under another key, after their expiry, or with a changed letter', () => {
    const minted = mintAttemptCredential(key, attempt);
    expect(verifyAttemptCredential(Buffer.alloc(32, 2), minted, 0)).toBeUndefined();
    expect(verifyAttemptCredential(key, minted, 1_000)).toBeUndefined();
    for (let i = 0; i < minted.length; i++) {
      const forged = minted.slice(0, i) + (minted[i] === 'A' ? 'B' : 'A') + minted.slice(i + 1);
      expect(verifyAttemptCredential(key, forged, 0)).toBeUndefined();
    }
  });
  it('of one kind never pass for another', () => {
    const [node, work, state] = [mintNodeCredential(key, { id: 'n1', pool: 'default' }), mintAttemptCredential(key, attempt), stateCredential(key)];
    expect([verifyNodeCredential(key, work), verifyNodeCredential(key, state), verifyAttemptCredential(key, node, 0), verifyAttemptCredential(key, state, 0)]).toEqual([undefined, undefined, undefined, undefined]);
    expect([readsState(key, `Bearer ${node}`), readsState(key, `Bearer ${work}`)]).toEqual([false, false]);
    // The text of one behind the prefix of another.
    expect(verifyNodeCredential(key, node.replace(/^nvn/, 'nva'))).toBeUndefined();
    expect(verifyAttemptCredential(key, node.replace(/^nvn/, 'nva'), 0)).toBeUndefined();
  });
  it.each([undefined, '', 'Bearer', 'Bearer nothing more', 'Basic abc', 'bearer x'])('take no token from %p', (header) => {
    expect(bearer(header)).toBeUndefined();
  });
});
