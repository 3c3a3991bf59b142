import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { byOutage, returnsOf } from './outages.mjs';

const READY = 'LOG:  database system is ready to accept connections';

describe('take-overs and outages of the log', () => {
  it('an outage is known by its end, in the log that PostgreSQL writes itself', () => {
    const dir = mkdtempSync(join(tmpdir(), 'novacron-outages-'));
    try {
      writeFileSync(join(dir, 'postgres.log'), `2026-11-26 01:59:01.440 UTC [1] ${READY}\n2026-11-26 01:59:41.749 UTC [1] LOG:  terminating any other active server processes\n2026-11-26 01:59:42.258 UTC [1] ${READY}\n`);
      expect(returnsOf(dir)).toEqual([Date.UTC(2026, 10, 26, 1, 59, 1, 440), Date.UTC(2026, 10, 26, 1, 59, 42, 258)]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('sets apart only what the outage fell into; one that never came after it among them', () => {
    const [before, across, after, never] = [{ at: 100, ms: 50 }, { at: 180, ms: 300 }, { at: 200, ms: 40 }, { at: 190, ms: Infinity }];
    expect(byOutage([before, across, after, never], [10, 200])).toEqual({ takeOver: [before, after], outage: [across, never] });
  });
});
