import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SHELVES, cleanFilms } from '../data/films.mjs';
import { USERS, behaviourCsv, makeBehaviour, makeReviews, toJsonLines } from '../data/made.mjs';
import { random } from '../data/random.mjs';
import { parseJsonLines } from './tables.mjs';

const { floor, round } = Math;

const PIXELS = 784;

/**
 * Params: `movies` (file), `digits` (folder), `seed`, `imageSeed` (the vision team's seed: it says which images were held out from training),
 * `reviews` (a file with more reviews, or empty). Cleans the films, makes reviews and behaviour, and gives every film a photograph of its shelf code.
 */
export async function prepare({ params, outputs, log }) {
  for (const name of ['movies', 'digits']) if (!params[name]) throw new Error(`the parameter "${name}" is empty; give its path, as drive.mjs does`);
  const { films, counts } = cleanFilms(JSON.parse(await readFile(params.movies, 'utf8')));
  log(`films: ${JSON.stringify(counts)}`);
  const behaviour = makeBehaviour(films, params.seed);
  const arrived = await arrivedReviews(params.reviews, films.length);
  if (params.reviews) log(`${arrived.rows.length} reviews arrived in ${params.reviews}, ${arrived.broken} lines were unreadable`);
  const reviews = [...makeReviews(films, behaviour, params.seed + 1), ...arrived.rows];
  const fold = ((params.imageSeed % 5) + 5) % 5;
  const files = {
    // The recommender does not get the genre: it has to read it off the photograph. Only the truth file, for measuring, holds it.
    'catalogue.json': JSON.stringify({ users: USERS, films: films.map(({ shelf, ...film }) => film) }),
    'shelf_truth.json': JSON.stringify({ shelves: SHELVES, shelf: films.map((film) => film.shelf) }),
    'product_images.bin': await photographs(films, params.digits, fold, params.seed + 2),
    'reviews.jsonl': toJsonLines(reviews),
    'user_behavior.csv': behaviourCsv(behaviour.filter((row) => row.part !== 'held-out')),
    'heldout_behavior.csv': behaviourCsv(behaviour.filter((row) => row.part === 'held-out')),
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(outputs.path(name), bytes);
  return {
    catalogue: await outputs.file('catalogue.json'),
    truth: await outputs.file('shelf_truth.json'),
    images: await outputs.file('product_images.bin'),
    reviews: await outputs.file('reviews.jsonl'),
    behaviour: await outputs.file('user_behavior.csv'),
    heldOut: await outputs.file('heldout_behavior.csv'),
    counts,
    fold,
    reviewCount: reviews.length,
    arrivedReviews: arrived.rows.length,
    unreadableReviews: arrived.broken,
    made: 'reviews and behaviour are made by a seeded generator; films and images are real',
  };
}

async function arrivedReviews(path, films) {
  if (!path) return { rows: [], broken: 0 };
  const { rows, broken } = parseJsonLines(await readFile(path, 'utf8'), { user: 'number', film: 'number', stars: 'number', text: 'string' });
  const known = rows.filter((row) => row.film >= 0 && row.film < films);
  return { rows: known, broken: broken + rows.length - known.length };
}

/** For each film one real image of its shelf's digit, out of those that the vision team holds out: number modulo 5 is the fold. */
async function photographs(films, folder, fold, seed) {
  const next = random(seed);
  const heldOut = [];
  let first = 0;
  for (let digit = 0; digit < SHELVES.length; digit += 1) {
    const { data } = JSON.parse(await readFile(join(folder, `${digit}.json`), 'utf8'));
    const count = data.length / PIXELS;
    heldOut.push({ data, numbers: Array.from({ length: count }, (_, i) => i).filter((i) => (first + i) % 5 === fold) });
    first += count;
  }
  const bytes = Buffer.alloc(films.length * PIXELS);
  films.forEach((film, at) => {
    const { data, numbers } = heldOut[film.shelf];
    const from = numbers[floor(next() * numbers.length)] * PIXELS;
    for (let i = 0; i < PIXELS; i += 1) bytes[at * PIXELS + i] = round(data[from + i] * 255);
  });
  return bytes;
}
