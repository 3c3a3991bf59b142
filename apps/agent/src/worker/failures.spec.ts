import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { failure } from '@novacron/contracts';
import { exitFailure } from '../attempts/exit-codes.ts';
import { withFiles } from '../attempts/outputs.ts';
import { failureOf } from './failures.ts';

const thrown = (fields: object, message = 'm') => Object.assign(new Error(message), fields);

describe('failures of user code', () => {
  it.each([
    [thrown({}), 'permanent', 'TaskThrew'],
    [new RangeError('m'), 'permanent', 'RangeError'],
    [thrown({ class: 'data', code: 'BadRow' }), 'data', 'BadRow'],
    [thrown({ class: 'strange' }), 'permanent', 'TaskThrew'],
    [thrown({ transient: true }), 'transient', 'TaskThrew'],
    [thrown({ code: 'ECONNRESET' }), 'transient', 'ECONNRESET'],
    [thrown({ cause: { code: 'ECONNREFUSED' } }), 'transient', 'TaskThrew'],
    [thrown({ code: 'ENOENT' }), 'permanent', 'ENOENT'],
  ])('%s is %s %s', (error, kind, code) => {
    expect(failureOf(error)).toMatchObject({ class: kind, code });
  });

  it('whatever is thrown makes a failure that the contract takes', () => {
    fc.assert(fc.property(fc.anything({ withNullPrototype: true }), (value) => failure.safeParse(failureOf(value)).success));
  });

  it.each([
    [0, null, undefined, undefined],
    [1, null, 'permanent', 'ExitCode'],
    [75, null, 'transient', 'ExitCode'],
    [137, null, 'resource', 'OutOfMemory'],
    [null, 'SIGKILL', 'resource', 'OutOfMemory'],
    [null, 'SIGSEGV', 'permanent', 'Signal'],
  ] as const)('exit code %s, signal %s is %s %s', (code, signal, kind, name) => {
    const found = exitFailure(code, signal, '');
    expect([found?.class, found?.code]).toEqual([kind, name]);
  });
});

describe('outputs', () => {
  const report = { name: 'report', hash: 'a'.repeat(64), size: 1 };
  it('names of artifacts become references, unless declared as something else', () => {
    expect(withFiles({ a: 'report', b: 'other', c: 1 }, [report])).toEqual({ a: report, b: 'other', c: 1 });
    expect(withFiles({ a: 'report', b: 'report' }, [report], { a: 'file', b: 'string' })).toEqual({ a: report, b: 'report' });
  });
});
