import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Member, Membership } from '../membership.ts';
import { until } from './counting.ts';
import type { Installation, MakeInstallation } from './installation.ts';

/** What every membership must do, whatever carries it. */
export function conformsAsMembership(name: string, make: MakeInstallation): void {
  describe(`membership: ${name}`, () => {
    let installation: Installation;
    let joined: Membership[];
    beforeEach(async () => {
      installation = await make();
      joined = [];
    });
    afterEach(async () => {
      await Promise.all(joined.map((membership) => membership.leave()));
      await installation.close();
    });
    /** A member and what it saw last. */
    const join = async (address: string, topics: readonly string[] = ['front']) => {
      const membership = installation.membership(address);
      joined.push(membership);
      let living: readonly Member[] = [];
      await membership.join({ id: `id-${address}`, address, topics }, (members) => (living = members));
      return { membership, addresses: () => living.map((member) => member.address).sort().join(' '), of: (other: string) => living.find((member) => member.address === other) };
    };

    it('has seen itself when it has joined', async () => {
      const alone = await join('a', ['front', 'back']);
      expect(alone.of('a')).toEqual({ id: 'id-a', address: 'a', topics: ['front', 'back'], holds: new Set() });
    });
    it('shows all members to all', async () => {
      const [a, b, c] = [await join('a'), await join('b'), await join('c')];
      await until(() => [a, b, c].every((each) => each.addresses() === 'a b c'));
    });
    it('shows what each holds, also to who comes later', async () => {
      const [a, b] = [await join('a'), await join('b')];
      a.membership.holds(new Set(['front/1', 'front/3']));
      await until(() => b.of('a')?.holds.size === 2);
      a.membership.holds(new Set(['front/3']));
      await until(() => b.of('a')?.holds.size === 1);
      const c = await join('c');
      await until(() => c.of('a')?.holds.has('front/3') === true);
    });
    it('forgets who leaves', async () => {
      const [a, b] = [await join('a'), await join('b')];
      await until(() => b.addresses() === 'a b');
      await a.membership.leave();
      await until(() => b.addresses() === 'b');
    });
    it('misses who was killed', async () => {
      const [, b] = [await join('a'), await join('b')];
      await until(() => b.addresses() === 'a b');
      await installation.kill('a');
      joined.shift();
      await until(() => b.addresses() === 'b');
    }, 15_000);
    it('misses who is paused, and sees it again when it goes on', async () => {
      const [a, b] = [await join('a'), await join('b')];
      await until(() => b.addresses() === 'a b');
      await installation.pause('a', true);
      await until(() => b.addresses() === 'b');
      await installation.pause('a', false);
      await until(() => [a, b].every((each) => each.addresses() === 'a b'));
    }, 15_000);
  });
}
