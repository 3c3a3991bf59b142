import { writeFile } from 'node:fs/promises';
import { MODALITIES, learnAttention, readModalities, topFilms, weightsFor } from './attention.mjs';
import { watchedBy } from './tables.mjs';

const TOP = 10;

/**
 * The strategy attention-weighted: for each user a softmax over the three modalities, learned on the validation part.
 * Inputs: `catalogue`, `behaviour`, `vision`, `sentiment`, `tabular`; params: `output`, `seed`. Writes `<output>.json`, ten films for each user.
 */
export async function fuse({ params, inputs, outputs, log }) {
  const modalities = await readModalities(inputs);
  const attention = learnAttention(modalities, { passes: 4, rate: 0.02, seed: params.seed });
  const lists = topFilms(modalities, attention, TOP, watchedBy(modalities.behaviour, modalities.users));
  const mean = MODALITIES.map((_, m) => lists.reduce((sum, _list, user) => sum + weightsFor(attention, attention.contextOf(user))[m], 0) / lists.length);
  const weights = Object.fromEntries(MODALITIES.map((name, m) => [name, Number(mean[m].toFixed(4))]));
  const name = `${params.output}.json`;
  const named = lists.map((list) => list.map(({ film, score }) => ({ film, title: modalities.films[film].title, score: Number(score.toFixed(4)) })));
  await writeFile(outputs.path(name), JSON.stringify({ note: 'for made users; the films are real', weights, users: named }));
  log(`mean attention ${JSON.stringify(weights)}`);
  return { [params.output]: await outputs.file(name), weights, users: lists.length };
}
