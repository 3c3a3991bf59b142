import { spawn } from 'node:child_process';
import { realPorts } from '@novacron/kernel';
import type { Io } from './io.ts';
import { run } from './program.ts';

const { stdout, env } = process;

const io: Io = {
  out: (text) => void stdout.write(text),
  err: (text) => void process.stderr.write(text),
  env,
  cwd: process.cwd(),
  ports: realPorts(),
  // Asked each time, because windows change; a terminal without a size says 0.
  get terminal() {
    return stdout.isTTY ? { columns: stdout.columns || 80, lines: stdout.rows || 24 } : undefined;
  },
  colour: stdout.isTTY && !env['NO_COLOR'],
  onInterrupt: (callback) => {
    process.once('SIGINT', callback);
    return () => void process.off('SIGINT', callback);
  },
  spawn: (script, args) => new Promise((resolve, reject) => {
    // A Ctrl-C of the terminal reaches the child by itself; other signals are handed on. We end when it has ended.
    const child = spawn(process.execPath, [script, ...args], { stdio: 'inherit' });
    const hand = (signal: NodeJS.Signals) => void child.kill(signal);
    const interrupt = (signal: NodeJS.Signals) => process.stdin.isTTY || hand(signal);
    process.on('SIGINT', interrupt).on('SIGTERM', hand).on('SIGHUP', hand);
    child.once('error', reject).once('exit', (code) => {
      process.off('SIGINT', interrupt).off('SIGTERM', hand).off('SIGHUP', hand);
      resolve(code ?? 130);
    });
  }),
};

// A reader that had enough (head, less) is no error.
stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.exitCode = await run(process.argv.slice(2), io);
