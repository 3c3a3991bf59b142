export const TERMINAL = new Set(['succeeded', 'failed', 'cancelled', 'timed out']);

export const WORKFLOWS = { vision: 'product-classifier', shop: 'e-commerce-recommendations' };

/** The workspaces of a round; the first round's have no suffix. */
export function roundOf(number) {
  const suffix = number === 1 ? '' : `-${number}`;
  return { number, vision: `vision${suffix}`, shop: `shop${suffix}`, key: (step) => `example-${number}:${step}` };
}

export const runsOf = async (api, round, team) => {
  const path = `/${round[team]}/runs?workflow=${WORKFLOWS[team]}&limit=100`;
  return (await api.find(path).then((answer) => (Array.isArray(answer) ? answer : answer?.items))) ?? [];
};

/** A run that a trigger started, for what it fired: a model version, a file. */
export const firedFor = (runs, kind, occasion) => runs.filter(({ cause }) => cause?.kind === kind && String(cause.occasion ?? '').includes(occasion));

/**
 * The round to go on with, asked from the server: the last one that has a workspace, if it is unfinished, else the one after it. A round
 * is over when its last run, the one for the file, has ended, or when any of its runs ended badly: the same keys would only find that run again.
 */
export async function currentRound(api) {
  const names = (await api.list('/workspaces')).map(({ name }) => name);
  const numbers = names.flatMap((name) => (name === 'vision' ? [1] : [...name.matchAll(/^vision-(\d+)$/g)].map((match) => Number(match[1]))));
  const last = Math.max(0, ...numbers);
  if (last === 0) return { round: roundOf(1), resumed: false };
  const round = roundOf(last);
  const runs = [...(await runsOf(api, round, 'vision')), ...(await runsOf(api, round, 'shop'))];
  const over = runs.some(({ status, cause }) => TERMINAL.has(status) && (status !== 'succeeded' || cause?.kind === 'file'));
  return over ? { round: roundOf(last + 1), resumed: false } : { round, resumed: true };
}
