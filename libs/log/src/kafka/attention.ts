/** So many fetches in a row may bring of a topic what concerns only others, before it is read with patience. */
const PATIENCE = 16;

/** How a topic is read: whatever comes at once, or more of it together. */
export type Manner = 'promptly' | 'patiently';

/** Which topics this process waits for. */
export class Attention {
  /** Of each topic, the fetches that brought something of it since somebody here waited for it. */
  private readonly unawaited = new Map<string, number>();

  mannerOf(topic: string): Manner {
    return (this.unawaited.get(topic) ?? 0) < PATIENCE ? 'promptly' : 'patiently';
  }

  /** Somebody here waits for what comes of these topics. Answers whether any is read otherwise from now on. */
  await(topics: Iterable<string>): boolean {
    let changes = false;
    for (const topic of topics) {
      if (this.mannerOf(topic) === 'patiently') changes = true;
      this.unawaited.set(topic, 0);
    }
    return changes;
  }

  /** A fetch brought something of these topics. Answers whether any is read otherwise from now on. */
  arrived(topics: Iterable<string>): boolean {
    let changes = false;
    for (const topic of topics) {
      const fetches = (this.unawaited.get(topic) ?? 0) + 1;
      if (fetches === PATIENCE) changes = true;
      this.unawaited.set(topic, fetches);
    }
    return changes;
  }
}
