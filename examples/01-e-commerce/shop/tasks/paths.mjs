import { setImmediate as turn } from 'node:timers/promises';
import { learnAttention, readModalities, seenInTraining, topFilms } from './attention.mjs';
import { ndcg } from './ranking.mjs';
import { watchedBy } from './tables.mjs';

const TOP = 10;

/** Tries each setting and measures it on the validation part, which it was also learned on: a search, not a result. */
async function search(settings, { params, inputs, progress, signal, log }) {
  const modalities = await readModalities(inputs);
  const wanted = watchedBy(modalities.validation, modalities.users);
  const tried = [];
  for (const setting of settings) {
    const lists = topFilms(modalities, learnAttention(modalities, { ...setting, seed: params.seed }), TOP, seenInTraining(modalities));
    tried.push({ ...setting, ndcg: ndcg(lists.map((list) => list.map(({ film }) => film)), wanted, TOP) });
    log(JSON.stringify(tried.at(-1)));
    progress(tried.length / settings.length);
    await turn();
    signal.throwIfAborted();
  }
  return { best: tried.reduce((best, one) => (one.ndcg > best.ndcg ? one : best)), tried: tried.length };
}

/** The base model is good enough (DP-03): tune how the attention is learned. Inputs as for fusion. */
export const tuneAttention = (ctx) => search([{ passes: 2, rate: 0.02 }, { passes: 4, rate: 0.02 }, { passes: 4, rate: 0.01 }, { passes: 8, rate: 0.005 }], ctx);

/** The base model is not good enough (DP-03): see whether another form of attention does better with it. */
export const tryArchitectures = (ctx) => search([{ passes: 4, rate: 0.02, contextual: true }, { passes: 4, rate: 0.02, contextual: false }], ctx);
