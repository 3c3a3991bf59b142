import { spawn, type StdioOptions } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { CannotStart, explainWrite, identify } from '@novacron/log/embedded';
import { endTree } from './orphans.ts';
import type { Running } from './supervisor.ts';

export interface NodeProgram {
  readonly name: string;
  readonly script: string;
  readonly env: NodeJS.ProcessEnv;
  /** Its output goes to this file, or to our terminal without one. */
  readonly logFile: string | null;
  readonly graceMs: number;
}

export interface Program extends Running {
  /** The last line it wrote, for the reason why it ended. */
  lastWords(): string;
}

const logLimit = 16 * 1024 * 1024;

/** Starts a Node program with a channel by which it notices our death (its `disconnect` event). */
export function startProgram({ name, script, env, logFile, graceMs }: NodeProgram): Program {
  const output = logFile === null ? null : openLog(logFile);
  const from = logFile === null ? 0 : statSync(logFile).size;
  const stdio: StdioOptions = output === null ? ['inherit', 'inherit', 'inherit', 'ipc'] : ['ignore', output, output, 'ipc'];
  // Those with a log are detached: Ctrl-C goes to the whole foreground group, and we decide who stops when.
  const child = spawn(process.execPath, ['--enable-source-maps', script], { env, stdio, detached: output !== null });
  if (output !== null) closeSync(output);
  const exited = new Promise<number | string | null>((resolve, reject) => child.on('error', reject).on('exit', (code, signal) => resolve(code ?? signal)));
  exited.catch(() => {});
  const self = child.pid === undefined ? null : identify(child.pid);
  if (child.pid === undefined) throw new CannotStart(`Cannot start ${name}: the system allows no further process.`);
  const identity = self ?? { pid: child.pid, startedAt: 'gone' };
  const lastWords = (): string => (logFile === null ? '' : lastSentence(readFileSync(logFile).subarray(from).toString('utf8')));
  return { ...identity, exited, lastWords, stop: () => endTree(identity, graceMs) };
}

/** The sentence a program ended with; of a crash the error's line, not the stack and version that Node prints after it. */
export function lastSentence(output: string): string {
  const lines = output.split('\n').filter((line) => !/^(\s|[{}]|Node\.js v|$)/.test(line));
  const crashed = /^Node\.js v/m.test(output) ? lines.findLast((line) => /^\w*Error\b.*:/.test(line)) : undefined;
  return crashed ?? lines.at(-1) ?? '';
}

function openLog(file: string): number {
  try {
    const output = openSync(file, 'a', 0o600);
    if (statSync(file).size > logLimit) truncateSync(file);
    return output;
  } catch (error) {
    throw explainWrite(file, error);
  }
}
