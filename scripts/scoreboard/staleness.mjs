// When a result is too old to speak of the code beside it. Pure: what git and the disk say is handed in.

export const DAYS = 14;

/**
 * Sentences about results that no longer count. `harnessOf(figure)` is the hash of its command's code as it is now, `changedAt(paths)` when product code last changed (milliseconds), or undefined
 * where there is no history to ask.
 */
export function staleResults(results, sources, { harnessOf, changedAt }) {
  return results.flatMap((result) => {
    const name = `${result.figure}.${result.driver}.${result.scale}`;
    if (harnessOf(result.figure) !== result.harness) return [`${name}: its command has changed since ${day(result.date)}. Run it again: ${result.command}`];
    const changed = changedAt(sources[result.figure].product);
    const days = changed === undefined ? 0 : (changed - Date.parse(result.date)) / 86_400_000;
    return days > DAYS ? [`${name}: ${sources[result.figure].product.join(', ')} changed ${Math.floor(days)} days after it was measured. Run it again: ${result.command}`] : [];
  });
}

const day = (date) => date.slice(0, 10);
