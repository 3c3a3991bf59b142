import { isIn, partitionOf } from './hash.ts';

/** A place in the log: the commit `seq` of one partition. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly seq: number;
}

/** Opaque token of a position, for replies, `?position=` and logs. */
export function encodePosition(position: Position): string {
  return `${position.topic}.${position.partition}.${position.seq}`;
}

export function decodePosition(token: string): Position | undefined {
  const match = /^([a-z-]+)\.(\d+)\.(\d+)$/.exec(token);
  return match ? { topic: match[1]!, partition: Number(match[2]), seq: Number(match[3]) } : undefined;
}

/** Id of the n-th thing (from 0) that a commit names: short, unique in the installation, and tells where it was decided. */
function idAt(position: Position, n: number): string {
  return `${position.topic.slice(0, 3)}${position.partition.toString(36)}-${position.seq.toString(36)}${n ? `-${n}` : ''}`;
}

/**
 * Names the things of one commit. An id beside a key lies in the key's partition, of so many: counts are passed over until one does, as many as there are partitions on average (1 to 2 us each).
 */
export function idsAt(position: Position, partitions: number): (beside?: string) => string {
  let n = 0;
  return (beside) => {
    let id = idAt(position, n++);
    if (beside === undefined) return id;
    const partition = partitionOf(beside, partitions);
    while (!isIn(partition, id, partitions)) id = idAt(position, n++);
    return id;
  };
}
