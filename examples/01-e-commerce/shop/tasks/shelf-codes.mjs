import { readFile, writeFile } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { readClassifier } from './classifier.mjs';
import { readJson, toBytes } from './tables.mjs';

const PIXELS = 784;
const CODES = 10;

/**
 * Stands where WP-01 says resnet50-features. Inputs: `images`, `classifier` (the published artifact), `truth`; params: `batch_size`, `fold`.
 * Writes `shelf_features.bin`: for each film the probability of each of the ten shelf codes.
 */
export async function recognise({ params, inputs, outputs, progress, signal, log }) {
  const { classify, heldOutFold } = await readClassifier(inputs.classifier);
  if (heldOutFold !== params.fold) {
    throw new Error(`the photographs are of fold ${params.fold}, but the classifier held out fold ${heldOutFold}: it has seen some of them; set imageSeed to the vision team's seed`);
  }
  const images = await readFile(inputs.images.path);
  const { shelf } = await readJson(inputs.truth);
  const count = images.length / PIXELS;
  const features = new Float32Array(count * CODES);
  let right = 0;
  for (let n = 0; n < count; n += 1) {
    const { code, confidence } = classify(images, n * PIXELS);
    features.fill((1 - confidence) / (CODES - 1), n * CODES, (n + 1) * CODES);
    features[n * CODES + code] = confidence;
    if (code === shelf[n]) right += 1;
    if ((n + 1) % params.batch_size === 0) {
      progress(n / count);
      await turn();
      signal.throwIfAborted();
    }
  }
  await writeFile(outputs.path('shelf_features.bin'), toBytes(features));
  log(`${right} of ${count} shelf codes read correctly`);
  return { features: await outputs.file('shelf_features.bin'), images: count, base_model_accuracy: right / count };
}
