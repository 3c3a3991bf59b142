import type { Outcome } from './seed.ts';

/** A rejection that nobody awaits would end a real process: here it is a violation of the case that runs. */
export async function escaping(run: () => Promise<Outcome>): Promise<Outcome> {
  const escaped: string[] = [];
  const note = (error: unknown): void => void escaped.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.on('unhandledRejection', note);
  try {
    const outcome = await run();
    if (escaped.length === 0) return outcome;
    return { ...outcome, violations: [...outcome.violations, ...escaped.map((what) => ({ invariant: 0, at: outcome.lasted, what: `nobody awaits: ${what}`, where: 'a promise' }))] };
  } finally {
    process.off('unhandledRejection', note);
  }
}
