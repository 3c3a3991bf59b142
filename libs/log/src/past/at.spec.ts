import { expect, it } from '@jest/globals';
import { parseAt } from './at.ts';

it.each([
  ['front.1.20', { positions: [{ topic: 'front', partition: 1, seq: 20 }] }],
  ['front.1.20,back.0.3', { positions: [{ topic: 'front', partition: 1, seq: 20 }, { topic: 'back', partition: 0, seq: 3 }] }],
  ['2026-03-01T10:00Z', { time: Date.UTC(2026, 2, 1, 10) }], ['2026-03-01T10:00:30.250+01:00', { time: Date.UTC(2026, 2, 1, 9, 0, 30, 250) }],
  ['2026-03-01T10:00 01:00', { time: Date.UTC(2026, 2, 1, 9) }], ['2026-03-01', { time: Date.UTC(2026, 2, 1) }], ['1772359200000', { time: 1_772_359_200_000 }],
  ['2026-03-01T10:00', undefined], ['2026-13-01', undefined], ['yesterday', undefined], ['', undefined], ['front.1', undefined], ['front.1.20,', undefined], ['front.-1.20', undefined],
])('a moment as text: "%s"', (text, at) => expect(parseAt(text)).toEqual(at));
