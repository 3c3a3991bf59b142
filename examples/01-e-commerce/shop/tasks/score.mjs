import { hitRate, mostPopular, ndcg } from './ranking.mjs';
import { readBehaviour, readJson, watchedBy } from './tables.mjs';

const TOP = 10;

/** Inputs: `recommendations`, `behaviour` (known), `heldOut`, `catalogue`. Measures both lists on behaviour that nothing has seen; lift is relative, 0 means no better. */
export async function score({ inputs, log }) {
  const { users: lists } = await readJson(inputs.recommendations);
  const { films } = await readJson(inputs.catalogue);
  const known = await readBehaviour(inputs.behaviour);
  const wanted = watchedBy(await readBehaviour(inputs.heldOut), lists.length);
  const own = lists.map((list) => list.map(({ film }) => film));
  const popular = mostPopular(known, watchedBy(known, lists.length), films.length, TOP);
  const measured = { hitRate: hitRate(own, wanted, TOP), ndcg: ndcg(own, wanted, TOP) };
  const baseline = { hitRate: hitRate(popular, wanted, TOP), ndcg: ndcg(popular, wanted, TOP) };
  const lift = measured.ndcg / baseline.ndcg - 1;
  log(`NDCG@${TOP} ${measured.ndcg.toFixed(4)}, popularity ${baseline.ndcg.toFixed(4)}, lift ${(100 * lift).toFixed(1)} % (made users)`);
  return { ...measured, baseline, lift, users: lists.length, made: true };
}
