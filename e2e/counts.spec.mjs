import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { countsOf } from './counts.mjs';
import { lossOf } from './kill/targets.mjs';

const directory = mkdtempSync(join(tmpdir(), 'novacron-counts-'));
afterAll(() => rmSync(directory, { recursive: true }));

const KILLED = 100_000;
const line = (at, attempt, what) => ({ at, attempt, what, pid: 1 });

function count(lines, losses) {
  const journal = join(directory, 'journal.jsonl');
  writeFileSync(journal, lines.map((each) => `${JSON.stringify(each)}\n`).join(''));
  const { again, excused } = countsOf(journal, join(directory, 'none.jsonl'), losses);
  return { again, excused };
}

/** Task r/t, whose first attempt succeeded `after` ms after the kill and which ran again later. */
const ranAgain = (after) => [line(KILLED - 5_000, 'r/t/1', 'began'), line(KILLED + after, 'r/t/1', 'succeeded'), line(KILLED + 9_000, 'r/t/2', 'began'), line(KILLED + 9_100, 'r/t/2', 'succeeded')];

describe('tasks that ran again after they had succeeded', () => {
  it('are none where every attempt failed before the next', () => {
    expect(count([line(1, 'r/t/1', 'began'), line(2, 'r/t/1', 'failed'), line(3, 'r/t/2', 'began'), line(4, 'r/t/2', 'succeeded')], [])).toEqual({ again: 0, excused: 0 });
  });

  it('are counted, and so is an attempt that ran twice', () => {
    expect(count(ranAgain(0), [])).toEqual({ again: 1, excused: 0 });
    expect(count([line(1, 'r/t/1', 'began'), line(2, 'r/t/1', 'began')], [])).toEqual({ again: 1, excused: 0 });
  });

  it('are excused where the result went with the killed process: until the kill, or until an agent without its supervisor has ended', () => {
    expect(count(ranAgain(-1_500), lossOf('agent', KILLED))).toEqual({ again: 0, excused: 1 });
    expect(count(ranAgain(1_500), lossOf('supervisor', KILLED))).toEqual({ again: 0, excused: 1 });
  });

  it('are not excused before or after that, or where nothing holds results', () => {
    expect(count(ranAgain(-2_500), lossOf('agent', KILLED))).toEqual({ again: 1, excused: 0 });
    expect(count(ranAgain(500), lossOf('agent', KILLED))).toEqual({ again: 1, excused: 0 });
    expect(count(ranAgain(3_500), lossOf('supervisor', KILLED))).toEqual({ again: 1, excused: 0 });
    expect(count(ranAgain(-1_500), lossOf('services', KILLED))).toEqual({ again: 1, excused: 0 });
  });
});
