import type { Command } from 'commander';
import { CliError } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import { runChild } from './local.ts';

export function addState(program: Command, invocation: Invocation): void {
  program.command('state').description('the whole system at a moment').option('--hash', 'its hash: as the services live it, or with --at folded from the log of a server on this machine')
    .option('--at <moment>', 'a time with its zone, or a position (several joined by commas)')
    .action(({ hash, at }: { hash?: boolean; at?: string }) => state(invocation, hash ?? false, at));
}

async function state(invocation: Invocation, hash: boolean, at: string | undefined): Promise<void> {
  if (!hash) throw new CliError('Usage', 'Say what of the state: --hash.');
  await runChild(invocation, 'apps/standalone/dist/state.js', ['--hash', ...(at === undefined ? [] : ['--at', at]), '--output', invocation.options.output]);
}
