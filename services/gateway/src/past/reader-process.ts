import { fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { FromReader, OpenReader, StartReader } from './past.ts';

const MAIN = fileURLToPath(new URL('main.js', import.meta.url));
/** What V8 may use: the program, and rows of four moments that share most of them. */
const heapOf = (mostRows: number): number => Math.round(512 + mostRows / 500);
/** Behind everything that lives (setpriority(2)). */
const NICE = 10;

/** Starts the process that reads the past; it gets no environment, and ends when this one does. */
export const readerProcess = (open: OpenReader): StartReader => (heard, ended) => {
  const child = fork(MAIN, [], { env: {}, execArgv: [`--max-old-space-size=${heapOf(open.mostRows)}`], serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  child.on('message', (message) => heard(message as FromReader)).on('exit', ended).on('error', ended);
  try {
    if (child.pid !== undefined) setPriority(child.pid, NICE);
  } catch {
    // Ended already, or not allowed: it reads as well without.
  }
  child.send(open);
  return { send: (message) => void child.send(message, () => {}), end: () => void child.kill() };
};
