import type { Head, LogReader, TopicPartition } from '../driver.ts';
import { decode } from '../record.ts';

/** Halvings that are enough for a good guess: what is left is read forward. */
const LEAST_SPAN = 256;

/**
 * About the last commit of a partition with log time `time` or before; -1 for none. Only a guess at where to begin: records are not judged by the
 * rule on the way, and times of a partition never go back, so reading forward from an older place ends at the right one.
 */
export async function seqNear(driver: LogReader, source: TopicPartition, time: number, { nextSeq }: Head): Promise<number> {
  if (time < 0 || nextSeq === 0) return -1;
  if ((await timeAt(driver, source, nextSeq - 1)) <= time) return nextSeq - 1;
  let [low, high] = [-1, nextSeq - 1];
  while (high - low > LEAST_SPAN) {
    const middle = (low + high) >> 1;
    if ((await timeAt(driver, source, middle)) <= time) low = middle;
    else high = middle;
  }
  return low;
}

/** Time of the row that holds the commit. */
async function timeAt(driver: LogReader, source: TopicPartition, seq: number): Promise<number> {
  const [row] = await driver.read(source, { lastSeq: seq - 1, epoch: Number.MAX_SAFE_INTEGER }, 1);
  return row ? (decode(row.records.at(-1)!)?.time ?? Number.MAX_SAFE_INTEGER) : Number.MAX_SAFE_INTEGER;
}
