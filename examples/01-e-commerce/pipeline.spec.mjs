import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { runTask } from '../task-context.mjs';
import { datasets } from './datasets.mjs';
import { runShop, runVision } from './pipeline.mjs';
import { makeLaterReviews, toJsonLines } from './shop/data/made.mjs';
import { random, shuffle } from './shop/data/random.mjs';
import { tryArchitectures, tuneAttention } from './shop/tasks/paths.mjs';
import { RECORD } from './vision/tasks/digits.mjs';

const { digits, movies } = datasets();

/** Gives the training images each other's labels: everything else stays as it was. */
async function permuteLabels({ train }) {
  const records = await readFile(train.path);
  const labels = shuffle(Array.from({ length: records.length / RECORD }, (_, n) => records[n * RECORD]), random(1));
  labels.forEach((label, n) => (records[n * RECORD] = label));
  await writeFile(train.path, records);
}

let small;
let shop;
beforeAll(async () => {
  small = await runVision({ digits, images: 1000 });
  shop = await runShop({ digits, movies, classifier: small.classifier });
}, 60_000);

describe('vision, without NovaCron (WP-24)', () => {
  it('learns from 1,000 real images and better from 8,000', async () => {
    const large = await runVision({ digits, images: 8000 });
    expect([small.prepared.heldOutCount, large.prepared.heldOutCount]).toEqual([2000, 2000]);
    expect(small.accuracy).toBeGreaterThan(0.85);
    expect(large.accuracy).toBeGreaterThan(small.accuracy + 0.03);
  }, 60_000);

  it('gives the same artifact for the same seed and another for another', async () => {
    const again = await runVision({ digits, images: 1000 });
    const other = await runVision({ digits, images: 1000, seed: 8 });
    expect(again.classifier.hash).toBe(small.classifier.hash);
    expect(other.classifier.hash).not.toBe(small.classifier.hash);
  }, 60_000);

  it('refuses more images than may be trained on', async () => {
    await expect(runVision({ digits, images: 8001 })).rejects.toThrow('give 1 to 8000');
  });
});

describe('shop, without NovaCron (WP-01, WP-24)', () => {
  it('keeps the four blocks of WP-01 and the dependency of DP-03 word for word', async () => {
    const { workflow } = parse(await readFile(new URL('shop/workflow.yaml', import.meta.url), 'utf8'));
    expect([workflow.name, workflow.modalities, workflow.fusion, workflow.dependency]).toEqual([
      'e-commerce-recommendations',
      [
        { computer_vision: { model: 'resnet50-features', input: 'product_images/', batch_size: 64 } },
        { nlp: { model: 'bert-sentiment', input: 'reviews.jsonl', batch_size: 32 } },
        { tabular: { model: 'xgboost-ensemble', input: 'user_behavior.csv', features: 'auto' } },
      ],
      { strategy: 'attention-weighted', output: 'recommendations' },
      { condition: 'base_model_accuracy > 0.85', true_path: 'hyperparameter_optimization', false_path: 'model_architecture_search', timeout: '2 hours' },
    ]);
  });

  it('cleans the films and counts what was wrong with them', () => {
    const { kept, ...errors } = shop.prepared.counts;
    expect(errors).toEqual({ rows: 3201, noTitle: 1, numericTitle: 9, duplicate: 0, wrongCentury: 24, zeroGross: 47, noGenre: 275, noRating: 180 });
    expect(kept).toBe(3201 - 1 - 275 - 180);
  });

  it('recommends better than popularity on held-out behaviour', () => {
    expect(shop.scored.lift).toBeGreaterThan(1);
    expect(shop.scored.hitRate).toBeGreaterThan(shop.scored.baseline.hitRate);
  });

  it('marks every table as made', async () => {
    const behaviour = (await readFile(shop.prepared.behaviour.path, 'utf8')).trim().split('\n').slice(1);
    const reviews = (await readFile(shop.prepared.reviews.path, 'utf8')).trim().split('\n');
    expect(behaviour.every((line) => line.endsWith(',made'))).toBe(true);
    expect(reviews.every((line) => JSON.parse(line).made === true)).toBe(true);
    expect(shop.scored.made).toBe(true);
  });

  it('takes up reviews that arrive in a file and counts the lines that it cannot read', async () => {
    const films = JSON.parse(await readFile(shop.prepared.catalogue.path, 'utf8')).films;
    const path = join(dirname(shop.prepared.reviews.path), 'reviews-later.jsonl');
    await writeFile(path, `${toJsonLines(makeLaterReviews(films, 50, 3))}not json\n{"film": "one"}\n`);
    const later = await runShop({ digits, movies, classifier: small.classifier, reviews: path });
    expect([later.prepared.arrivedReviews, later.prepared.unreadableReviews]).toEqual([50, 2]);
    expect(later.prepared.reviewCount).toBe(shop.prepared.reviewCount + 50);
  }, 60_000);

  it('refuses a classifier that has seen the photographs, and one whose answer changed', async () => {
    await expect(runShop({ digits, movies, classifier: small.classifier, imageSeed: 8 })).rejects.toThrow('it has seen some of them');
    const changed = await runVision({ digits, images: 100, schemaVersion: 2 });
    await expect(runShop({ digits, movies, classifier: changed.classifier })).rejects.toThrow('use a version in ^1.0.0');
  }, 60_000);

  it('searches on either path of the dependency (DP-03)', async () => {
    const given = { params: { seed: 11 }, inputs: shop.modalities };
    expect(await runTask(tuneAttention, given)).toMatchObject({ tried: 4 });
    expect(await runTask(tryArchitectures, given)).toMatchObject({ tried: 2 });
  }, 60_000);
});

describe('with permuted labels', () => {
  it('accuracy falls to chance and the lift vanishes', async () => {
    const permuted = await runVision({ digits, images: 1000 }, permuteLabels);
    expect(Math.abs(permuted.accuracy - 0.1)).toBeLessThan(0.04);
    const { scored, vision } = await runShop({ digits, movies, classifier: permuted.classifier });
    expect(Math.abs(vision.base_model_accuracy - 0.1)).toBeLessThan(0.04);
    expect(scored.lift).toBeLessThan(0.25);
    expect(scored.lift).toBeLessThan(shop.scored.lift / 5);
  }, 60_000);
});

describe('with permuted behaviour', () => {
  it('the lift vanishes, however well the shelf codes are read', async () => {
    const { scored } = await runShop({ digits, movies, classifier: small.classifier }, async ({ behaviour, heldOut }) => {
      const tables = await Promise.all([behaviour, heldOut].map(async ({ path }) => (await readFile(path, 'utf8')).trim().split('\n').map((line) => line.split(','))));
      const rows = tables.flatMap((table) => table.slice(1));
      const films = shuffle(rows.map((row) => row[1]), random(2));
      rows.forEach((row, n) => (row[1] = films[n]));
      await Promise.all([behaviour, heldOut].map(({ path }, i) => writeFile(path, `${tables[i].map((row) => row.join(',')).join('\n')}\n`)));
    });
    expect(scored.lift).toBeLessThan(0.25);
  }, 60_000);
});
