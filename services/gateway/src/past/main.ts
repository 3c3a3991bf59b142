import { realPorts } from '@novacron/kernel';
import { NoSuchCommit, postgresSnapshots, sessionOf, silentLog } from '@novacron/log';
import { logToRead } from '@novacron/service';
import pg from 'pg';
import { HttpProblem } from '../http/problem.ts';
import type { FromReader, OpenReader, Question } from './past.ts';
import { PastReader, PastTooLarge } from './past-reader.ts';

/** The process that reads the past for the gateway: it may be busy for seconds, and needs memory that goes with it. Ends with its parent. */
const ports = realPorts();
let reader: PastReader | undefined;

process.on('disconnect', () => process.exit(0));
process.on('message', (message: OpenReader | Question) => {
  if ('databaseUrl' in message) return void (reader = open(message));
  void answer(message).then((said) => process.send?.(said));
});

function open({ databaseUrl, log, mostRows }: OpenReader): PastReader {
  const pool = new pg.Pool({ ...sessionOf(databaseUrl), max: 1 });
  pool.on('error', () => {});
  return new PastReader({ driver: logToRead(log, databaseUrl, { ports, log: silentLog }), snapshots: postgresSnapshots(pool), mostRows, now: () => ports.clock.now() });
}

async function answer({ n, at, call }: Question): Promise<FromReader> {
  try {
    return { n, text: await reader!.answer(at, call) };
  } catch (error) {
    const { message, stack } = error as Error;
    if (error instanceof HttpProblem) return { n, problem: error.problem };
    if (error instanceof NoSuchCommit) return { n, problem: { status: 404, code: 'PositionUnknown', detail: `There is no such moment: ${message}.` } };
    if (error instanceof PastTooLarge) return { n, problem: { status: 503, code: 'PastTooLarge', detail: `Too much to read: ${message}.` } };
    return { n, error: stack ?? message };
  }
}
