// What the fates of a target's mutants add up to. Pure.

/** `count` of the items, the same for the same seed and list (mulberry32); all where no count is given. */
export function sampled(items, count, seed) {
  if (!count || count >= items.length) return items;
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const drawn = items.map((item, i) => ({ item, i, rank: next() })).sort((a, b) => a.rank - b.rank).slice(0, count);
  return drawn.sort((a, b) => a.i - b.i).map(({ item }) => item);
}

/** `{name, mutants, values, text, fault}`: counts in all and by file; a fault where fewer were noticed than the target's floor. A test that no longer ends has noticed. */
export function summaryOf(name, { files, floor }, outcomes, uncompiled) {
  const counts = countsOf(outcomes);
  const share = counts.mutants === 0 ? 1 : (counts.killed + counts.timeouts) / counts.mutants;
  const byFile = files.map((file) => ({ file, ...countsOf(outcomes.filter((outcome) => outcome.file === file)) })).filter(({ mutants }) => mutants > 0);
  const line = ({ file, mutants, killed, survived, timeouts }) => `  ${file.padEnd(60)} ${mutants} mutants, ${killed} killed, ${survived} survived, ${timeouts} timeouts`;
  return {
    name, mutants: counts.mutants, values: { share: Math.round(share * 1000) / 1000, ...counts, uncompiled },
    text: [`${name}: ${(100 * share).toFixed(1)} % noticed, ${(100 * floor).toFixed(0)} % wanted`, ...byFile.map(line)].join('\n'),
    fault: share < floor ? `${name}: ${(100 * share).toFixed(1)} % of the mutants were noticed, fewer than ${(100 * floor).toFixed(0)} %: see the survivors above` : undefined,
  };
}

function countsOf(outcomes) {
  const of = (fate) => outcomes.filter((outcome) => outcome.fate === fate).length;
  return { mutants: outcomes.length, killed: of('killed'), survived: of('survived'), timeouts: of('timeout') };
}
