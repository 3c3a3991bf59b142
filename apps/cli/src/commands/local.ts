import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { CliError, EXIT, type ExitCode } from '../exit-codes.ts';
import { CLONE } from '../find-server.ts';
import type { Invocation } from '../invocation.ts';

/** Programs of this clone that are no clients: they run as children on our terminal, with their own options. */
export function addLocal(program: Command, invocation: Invocation): void {
  const child = (name: string, script: string, description: string, options: string) =>
    program.command(name).description(description).usage(options).allowUnknownOption().allowExcessArguments().helpOption(false)
      .action((_: unknown, command: Command) => runChild(invocation, script, command.args));
  child('up', 'apps/standalone/dist/supervise/main.js', 'start everything, as npm start does; Ctrl-C stops it', '[--once] [--fresh] [--data DIR] [--port N] [--no-example]');
  child('rebuild', 'apps/standalone/dist/rebuild.js', 'rebuild state and projections aside and compare (--verify)', '--verify [--data DIR]');
}

/** Resolves when it has ended; its exit code is ours. */
export async function runChild(invocation: Invocation, script: string, args: readonly string[]): Promise<void> {
  const path = join(CLONE, script);
  if (!existsSync(path)) throw new CliError('NotBuilt', `${script} is not built: run npm run build.`, EXIT.failed);
  const { data } = invocation.options;
  invocation.exitCode = (await invocation.io.spawn(path, [...args, ...(data === undefined ? [] : ['--data', data])])) as ExitCode;
}
