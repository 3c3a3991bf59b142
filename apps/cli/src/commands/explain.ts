import type { Command } from 'commander';
import { CliError, EXIT } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';

export function addExplain(program: Command, invocation: Invocation): void {
  program.command('explain [id]').description('what stands behind the id of an error; without one, all ids').action(async (id: string | undefined) => {
    const { explanations } = await import('../explain.ts');
    if (id === undefined) return invocation.output.list(Object.entries(explanations), [{ title: 'ID', of: ([name]) => name }, { title: 'CAUSE', of: ([, { cause }]) => cause }], '');
    const found = Object.hasOwn(explanations, id) ? explanations[id]! : undefined;
    if (found) return invocation.output.one({ id, ...found }, () => `${id}\n  ${found.cause}\n  ${found.action}`);
    const { didYouMean } = await import('@novacron/workflow');
    throw new CliError('Usage', `There is no ${id}; ${didYouMean(id, Object.keys(explanations)) ?? 'npx novacron explain lists all ids'}`, EXIT.notFound);
  });
}
