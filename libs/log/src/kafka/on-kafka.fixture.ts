import { realPorts } from '@novacron/kernel';
import type { LogDriver, RowPosition, Segment, TopicPartition } from '../driver.ts';
import { START } from '../driver.ts';
import { decode, encodeClaim, encodeCommit, hashOf, type Commit } from '../record.ts';
import { EMPTY, type RuleState } from '../rule.ts';
import { silentLog } from '../silent-log.ts';
import { KafkaLog } from './driver.ts';
import { prepareKafkaLog } from './prepare.ts';
import type { KafkaSettings } from './settings.ts';

export const A: TopicPartition = { topic: 'alpha', partition: 0 };
export const PARTITIONS = 2;

const PATIENCE_MS = 40_000;

let prefixes = 0;

/** Settings of a log that nobody used yet. */
export function freshLog(servers: string, more: Partial<KafkaSettings> = {}): KafkaSettings {
  const brokers = servers.split(',').map((server) => ({ host: server.split(':')[0]!, port: Number(server.split(':')[1]) }));
  return { brokers, prefix: `fresh${++prefixes}.`, clientId: 'novacron', connectTimeoutMs: 1_000, requestTimeoutMs: 2_000, ...more };
}

export const prepare = (settings: KafkaSettings, partitions = PARTITIONS) => prepareKafkaLog(settings, { topics: ['alpha'], partitions, ports: realPorts(), log: silentLog });
export const logOn = (settings: KafkaSettings) => new KafkaLog(settings, { ports: realPorts(), log: silentLog });

/** What an owner is, in a few lines: it claims, appends one commit at a time, and after any doubt claims again and looks. */
export class Owner {
  rule: RuleState = EMPTY;
  /** Words that were acknowledged. */
  readonly acknowledged: string[] = [];
  doubts = 0;
  private claims = 0;
  private failure: unknown;
  private readonly driver: LogDriver;
  private readonly name: string;

  constructor(driver: LogDriver, name = 'owner') {
    this.driver = driver;
    this.name = name;
  }

  /** Claims until the claim is in the log, and reads up to it. */
  async claim(): Promise<void> {
    for (;;) {
      const epoch = ((await this.driver.heads([A.topic])).get('alpha/0')?.epoch ?? 0) + 1;
      const owner = `${this.name}-${++this.claims}`;
      const record = encodeClaim({ epoch, owner, address: this.name, partitions: PARTITIONS, time: 1 });
      if ((await this.driver.claim([{ ...A, epoch, owner, address: this.name, record }])).length === 0) continue;
      const commits = await commitsOf(this.driver);
      this.rule = { epoch, owner, nextSeq: commits.length, head: commits.at(-1)?.hash ?? '' };
      return;
    }
  }

  /** Resolves when the word is in the log, once; rejects where that takes longer than any fault of these tests. */
  async say(word: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        if (this.rule.owner === '') await this.claim();
        const segment = this.segment(word);
        await this.driver.append([segment]);
        this.rule = { ...this.rule, nextSeq: segment.lastSeq + 1, head: hashOf(segment.records[0]!) };
      } catch (error) {
        this.doubts++;
        this.failure = error;
        if (!(await this.found(word, deadline))) continue;
      }
      this.acknowledged.push(word);
      return;
    }
  }

  segment(...words: string[]): Segment {
    const { epoch, owner, nextSeq } = this.rule;
    let prev = this.rule.head;
    const records = words.map((word, i) => {
      const text = encodeCommit({ epoch, owner, seq: nextSeq + i, prev, time: 1, eventTexts: [JSON.stringify([{ type: 'Said', word }])], effects: [], ended: [], timers: [] });
      prev = hashOf(text);
      return text;
    });
    return { ...A, epoch, owner, firstSeq: nextSeq, lastSeq: nextSeq + words.length - 1, records };
  }

  /** After a claim, what was in doubt is either there or never will be. */
  private async found(word: string, deadline: number): Promise<boolean> {
    this.rule = EMPTY;
    while (performance.now() < deadline) {
      try {
        await this.claim();
        return (await wordsOf(this.driver)).includes(word);
      } catch (error) {
        this.failure = error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    throw new Error(`'${word}' is not known to be in the log or not after ${PATIENCE_MS / 1000} s`, { cause: this.failure });
  }
}

/** All valid commits of the partition, as a reader of the log sees them. */
export async function commitsOf(driver: LogDriver): Promise<{ commit: Commit; hash: string }[]> {
  const commits: { commit: Commit; hash: string }[] = [];
  for (let after: RowPosition = START; ; ) {
    const rows = await driver.read(A, after);
    if (rows.length === 0) return commits;
    for (const text of rows.flatMap(({ records }) => records)) {
      const record = decode(text);
      if (record?.kind === 'commit') commits.push({ commit: record, hash: hashOf(text) });
    }
    after = rows.at(-1)!;
  }
}

export const wordsOf = async (driver: LogDriver): Promise<string[]> => (await commitsOf(driver)).map(({ commit }) => commit.events[0]!['word'] as string);
