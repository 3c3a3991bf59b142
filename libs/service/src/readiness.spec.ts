import { expect, test } from '@jest/globals';
import { Readiness } from './readiness.ts';

test('a process is ready when nothing of it waits for anything', () => {
  const readiness = new Readiness();
  const reasons: (string | undefined)[] = ['partitions are claimed', 'keys are read'];
  for (const i of [0, 1]) readiness.add(() => reasons[i]);
  expect(readiness.reason).toBe('partitions are claimed');
  reasons[0] = undefined;
  expect(readiness.reason).toBe('keys are read');
  reasons[1] = undefined;
  expect(readiness.reason).toBeUndefined();
});
