import { readFile, writeFile } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { parseJsonLines, readJson, toBytes } from './tables.mjs';

const words = (text) => text.toLowerCase().match(/[a-z]+/g) ?? [];
const LIKED = 4;
const DISLIKED = 2;

/** Multinomial naive Bayes with add-one smoothing over reviews whose stars say liked or disliked. Answers the probability of liked. */
export function naiveBayes(reviews) {
  const counts = new Map();
  const totals = [0, 0];
  const documents = [0, 0];
  for (const { text, stars } of reviews) {
    const liked = stars >= LIKED ? 1 : 0;
    documents[liked] += 1;
    for (const word of words(text)) {
      const seen = counts.get(word) ?? [0, 0];
      seen[liked] += 1;
      totals[liked] += 1;
      counts.set(word, seen);
    }
  }
  return (text) => {
    let odds = Math.log((documents[1] + 1) / (documents[0] + 1));
    for (const word of words(text)) {
      const seen = counts.get(word) ?? [0, 0];
      odds += Math.log((seen[1] + 1) / (totals[1] + counts.size)) - Math.log((seen[0] + 1) / (totals[0] + counts.size));
    }
    return 1 / (1 + Math.exp(-odds));
  };
}

/**
 * Stands where WP-01 says bert-sentiment. Inputs: `reviews`, `catalogue`; params: `batch_size`. Learns from four fifths of the reviews, measures itself on
 * the last fifth and writes `sentiment.bin`: for each film the mean probability of liked, drawn towards one half where reviews are few.
 */
export async function sentiment({ params, inputs, outputs, progress, signal, log }) {
  const { rows, broken } = parseJsonLines(await readFile(inputs.reviews.path, 'utf8'), { film: 'number', stars: 'number', text: 'string' });
  const { films } = await readJson(inputs.catalogue);
  const clear = ({ stars }) => stars >= LIKED || stars <= DISLIKED;
  const liked = naiveBayes(rows.filter((row, i) => i % 5 !== 4 && clear(row)));
  const tests = rows.filter((row, i) => i % 5 === 4 && clear(row));
  const right = tests.filter((row) => liked(row.text) >= 0.5 === row.stars >= LIKED).length;
  const sums = new Float32Array(films.length);
  const counts = new Float32Array(films.length);
  for (let n = 0; n < rows.length; n += 1) {
    sums[rows[n].film] += liked(rows[n].text);
    counts[rows[n].film] += 1;
    if ((n + 1) % params.batch_size === 0) {
      progress(n / rows.length);
      await turn();
      signal.throwIfAborted();
    }
  }
  await writeFile(outputs.path('sentiment.bin'), toBytes(sums.map((sum, film) => (sum + 1) / (counts[film] + 2))));
  log(`${rows.length} made reviews read, ${broken} unreadable`);
  return { features: await outputs.file('sentiment.bin'), reviews: rows.length, unreadable: broken, accuracy: right / tests.length };
}
