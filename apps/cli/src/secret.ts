import { CliError, EXIT } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';

/** A secret alone on stdout, so that it can be piped into a file; the words around it on stderr. */
export async function tellSecret({ io, output }: Invocation, answer: unknown, secret: string | undefined, words: string, undo: string): Promise<void> {
  if (secret === undefined) throw new CliError('SecretLost', `It was made, but the answer with its secret was lost on the way: undo it with npx ${undo}, and try again.`, EXIT.failed);
  if (!output.isPlain) io.err(`${words}\n`);
  await output.one(answer, () => secret);
}
