import { expect, test } from '@jest/globals';
import { Attention } from './attention.ts';

test('a topic is read promptly until 16 fetches in a row brought of it what nobody here waits for', () => {
  const attention = new Attention();
  const arrive = (times: number, ...topics: string[]) => Array.from({ length: times }, () => attention.arrived(topics));
  const manners = () => ['alpha', 'beta'].map((topic) => attention.mannerOf(topic));
  expect([arrive(15, 'alpha', 'beta'), manners()]).toEqual([Array(15).fill(false), ['promptly', 'promptly']]);
  expect([attention.await(['alpha']), arrive(1, 'alpha', 'beta'), manners()]).toEqual([false, [true], ['promptly', 'patiently']]);
  // That goes without saying from then on.
  expect([arrive(2, 'beta'), manners()]).toEqual([[false, false], ['promptly', 'patiently']]);
  expect([attention.await(['beta', 'alpha']), manners()]).toEqual([true, ['promptly', 'promptly']]);
  expect([arrive(15, 'beta'), arrive(1, 'beta'), manners()]).toEqual([Array(15).fill(false), [true], ['promptly', 'patiently']]);
});
