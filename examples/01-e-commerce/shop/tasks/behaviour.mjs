import { writeFile } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { random } from '../data/random.mjs';
import { boost } from './stumps.mjs';
import { readBehaviour, readJson, toBytes } from './tables.mjs';

const { abs, floor, log10, max, sqrt } = Math;

const AUDIENCES = ['G', 'PG', 'PG-13', 'R', 'NC-17'];
const ROUNDS = 120;
const NEGATIVES = 3;

/** `features: auto`: every numeric column of the catalogue (missing ones at the mean), and the audience rating in its natural order. */
function filmColumns(films) {
  const numbers = {
    rating: (film) => film.rating,
    votes: (film) => log10(film.votes + 1),
    year: (film) => film.year,
    budget: (film) => film.budget && log10(film.budget),
    gross: (film) => film.gross && log10(film.gross),
    minutes: (film) => film.minutes,
    audience: (film) => (AUDIENCES.includes(film.audience) ? AUDIENCES.indexOf(film.audience) : null),
  };
  return Object.values(numbers).map((read) => {
    const values = films.map(read);
    const known = values.filter((value) => value !== null);
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    const spread = sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length) || 1;
    return Float32Array.from(values, (value) => (value === null ? 0 : (value - mean) / spread));
  });
}

/** Each user's sums over the films watched, so that a film can be left out of its own user's mean. */
function histories(rows, users, columns) {
  const counts = new Float32Array(users);
  const sums = columns.map(() => new Float64Array(users));
  for (const { user, film } of rows) {
    counts[user] += 1;
    columns.forEach((column, c) => (sums[c][user] += column[film]));
  }
  return { counts, sums };
}

/**
 * Stands where WP-01 says xgboost-ensemble. Inputs: `behaviour`, `catalogue`; params: `features` (auto), `seed`. Learns which film a user watches from
 * popularity, the film's columns and their distance from what the user watched before; writes `behaviour_scores.bin`, users by films.
 */
export async function scoreBehaviour({ params, inputs, outputs, progress, signal, log }) {
  if (params.features !== 'auto') throw new Error(`features is ${JSON.stringify(params.features)}; this component knows only "auto"`);
  const { films, users } = await readJson(inputs.catalogue);
  const rows = (await readBehaviour(inputs.behaviour)).filter((row) => row.part === 'train');
  const columns = filmColumns(films);
  const history = histories(rows, users, columns);
  const popularity = new Float32Array(films.length);
  for (const { film } of rows) popularity[film] += 1;

  /** With `own` the film is one of the user's own: its own trace is taken out of popularity and history. */
  const features = (user, film, own) => {
    const others = max(1, history.counts[user] - own);
    const distance = (column, c) => abs(column[film] - (history.sums[c][user] - own * column[film]) / others);
    return [popularity[film] - own, ...columns.map((column) => column[film]), ...columns.map(distance)];
  };

  const next = random(params.seed);
  const examples = rows.flatMap(({ user, film }) => [
    { label: 1, values: features(user, film, 1) },
    ...Array.from({ length: NEGATIVES }, () => ({ label: 0, values: features(user, floor(next() * films.length), 0) })),
  ]);
  const table = examples[0].values.map((_, f) => Float32Array.from(examples, (example) => example.values[f]));
  const part = await boost(table, Uint8Array.from(examples, (example) => example.label), { rounds: ROUNDS, rate: 0.3 }, async (done) => {
    progress((done / ROUNDS) * 0.6);
    await turn();
    signal.throwIfAborted();
  });

  // A stump looks at one feature, so what depends on the film alone is added up once.
  const base = films.map((_, film) => columns.reduce((sum, column, c) => sum + part(1 + c, column[film]), part(0, popularity[film])));
  const scores = new Float32Array(users * films.length);
  for (let user = 0; user < users; user += 1) {
    const means = columns.map((_, c) => history.sums[c][user] / max(1, history.counts[user]));
    for (let film = 0; film < films.length; film += 1) {
      let sum = base[film];
      for (let c = 0; c < columns.length; c += 1) sum += part(1 + columns.length + c, abs(columns[c][film] - means[c]));
      scores[user * films.length + film] = sum;
    }
    if (user % 20 === 0) {
      progress(0.6 + (user / users) * 0.4);
      await turn();
      signal.throwIfAborted();
    }
  }
  await writeFile(outputs.path('behaviour_scores.bin'), toBytes(scores));
  log(`${rows.length} made views, ${examples.length} examples, ${table.length} features`);
  return { features: await outputs.file('behaviour_scores.bin'), views: rows.length, columns: table.length };
}
