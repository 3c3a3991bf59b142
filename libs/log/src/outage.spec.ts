import { expect, test } from '@jest/globals';
import pg from 'pg';
import { AppendError } from './driver.ts';
import { NotAdmitted, NotSent } from './kafka/broker-link.ts';
import { isOutage } from './outage.ts';

test('a database that is away is told from one that says no', async () => {
  const refused = await new pg.Client('postgres://u:p@127.0.0.1:1/d').connect().catch((error: unknown) => error);
  expect(isOutage(refused)).toBe(true);
  for (const code of ['08006', '53100', '57P01', '57P03', 'ECONNRESET']) expect(isOutage(Object.assign(new Error('x'), { code }))).toBe(true);
  for (const message of ['Connection terminated unexpectedly', 'Query read timeout']) expect(isOutage(new Error(message))).toBe(true);
  expect(isOutage(new Error('starting', { cause: Object.assign(new Error('x'), { code: '57P02' }) }))).toBe(true);
  for (const error of [undefined, 'x', new Error('x'), Object.assign(new Error('x'), { code: '28P01' })]) expect(isOutage(error)).toBe(false);
});

test('so is what an append or a claim says of it', () => {
  const full = Object.assign(new Error('could not extend file'), { code: '53100' });
  for (const error of [new AppendError({ kind: 'refused' }, 'x', full), new AppendError({ kind: 'unknown' }, 'x'), new AppendError({ kind: 'refused' }, 'x', new NotSent('x'))]) expect(isOutage(error)).toBe(true);
  for (const error of [new AppendError({ kind: 'content' }, 'x'), new AppendError({ kind: 'refused' }, 'x', Object.assign(new Error('x'), { code: '42P01' })), new NotAdmitted('x')]) expect(isOutage(error)).toBe(false);
});
