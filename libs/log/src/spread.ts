import type { Member } from './membership.ts';

/**
 * Which living member should own each partition of a topic, by number: rendezvous hashing (Thaler and Ravishankar 1998) with bounded loads (Mirrokni et
 * al. 2016), the bound being `ceil(partitions / members)`. It depends on the set of members alone, so all that see the same set agree; and on the partition's number
 * but not on its topic, so members that host the same services keep equal numbers together, where a cascade is one write.
 */
export function spread(members: readonly Pick<Member, 'id' | 'topics'>[], topic: string, partitions: number): readonly string[] {
  const ids = members.filter(({ topics }) => topics.includes(topic)).map(({ id }) => id);
  if (ids.length === 1) return Array.from({ length: partitions }, () => ids[0]!);
  const owners: string[] = [];
  const room = new Map(ids.map((id) => [id, Math.ceil(partitions / ids.length)]));
  for (const { id, partition } of byWeight(ids, partitions)) {
    if (owners[partition] !== undefined || room.get(id) === 0) continue;
    owners[partition] = id;
    room.set(id, room.get(id)! - 1);
  }
  return owners;
}

/** Every pair of member and partition, the strongest first. */
function byWeight(ids: readonly string[], partitions: number): { readonly id: string; readonly partition: number }[] {
  const pairs = ids.flatMap((id) => {
    const seed = fnv1a(id);
    return Array.from({ length: partitions }, (_, partition) => ({ id, partition, weight: mix(seed ^ mix(partition + 1)) }));
  });
  return pairs.sort((a, b) => b.weight - a.weight || (a.id < b.id ? -1 : 1));
}

/** FNV-1a, 32 bits. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** The finalizer of MurmurHash3, 32 bits. */
function mix(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
