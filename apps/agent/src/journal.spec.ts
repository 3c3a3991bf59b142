import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { journalFile } from './journal-file.ts';
import { Journal } from './journal.ts';

const result = (task: string) => JSON.stringify({ run: 'r', task, attempt: 1, outcome: { kind: 'succeeded', outputs: {} }, endedAt: 1 });

describe('journal', () => {
  let dir: string;
  let path: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'novacron-journal-'));
    path = join(dir, 'journal.jsonl');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('knows after a restart what it knew, and keeps knowing what was acknowledged', () => {
    const before = new Journal(journalFile(path));
    for (const id of ['r/a/1', 'r/b/1', 'r/c/1']) before.accepted(id);
    before.ended('r/b/1', result('b'));
    before.ended('r/c/1', result('c'));
    before.acknowledged('r/c/1');
    before.processStarted({ pid: 17, startedAt: '42' });
    for (let restart = 0; restart < 3; restart++) {
      const after = new Journal(journalFile(path));
      expect([...after.unended()]).toEqual(['r/a/1']);
      expect([...after.spool()]).toEqual([['r/b/1', result('b')]]);
      expect(after.known('r/c/1')).toEqual({ result: result('c'), acknowledged: true });
      expect(after.processes()).toEqual([{ pid: 17, startedAt: '42' }]);
    }
  });

  it('reads over a line that a kill has cut', () => {
    const before = new Journal(journalFile(path));
    before.accepted('r/a/1');
    before.flush();
    appendFileSync(path, '{"t":"end","result":{"run":"r","ta');
    const after = new Journal(journalFile(path));
    expect([...after.unended()]).toEqual(['r/a/1']);
    after.accepted('r/b/1');
    after.flush();
    expect([...new Journal(journalFile(path)).unended()]).toEqual(['r/a/1', 'r/b/1']);
  });

  it('admits only orders of the newest claim and connection, also after a restart', () => {
    const orders = [[1, 1, true], [2, 1, true], [1, 9, false], [2, 1, true], [2, 3, true], [2, 2, false], [3, 1, true]] as const;
    const journal = new Journal(journalFile(path));
    expect(orders.map(([epoch, connection]) => journal.admits({ partition: 0, epoch, connection }))).toEqual(orders.map(([, , admitted]) => admitted));
    expect(journal.admits({ partition: 1, epoch: 1, connection: 1 })).toBe(true);
    journal.flush();
    const after = new Journal(journalFile(path));
    expect(after.admits({ partition: 0, epoch: 2, connection: 9 })).toBe(false);
    expect(after.admits({ partition: 0, epoch: 3, connection: 1 })).toBe(true);
  });

  it('forgets the oldest of many acknowledged attempts, and stays small', () => {
    const journal = new Journal(journalFile(path));
    for (let i = 0; i < 12_000; i++) {
      journal.accepted(`r/t${i}/1`);
      journal.ended(`r/t${i}/1`, result(`t${i}`));
      journal.acknowledged(`r/t${i}/1`);
    }
    expect(journal.known('r/t0/1')).toBeUndefined();
    expect(journal.known('r/t11999/1')?.acknowledged).toBe(true);
    journal.flush();
    const full = readFileSync(path).length;
    journal.compact();
    expect(readFileSync(path).length).toBeLessThan(full);
  });
});
