import { readFile } from 'node:fs/promises';

const { exp, max } = Math;

const PIXELS = 784;
const CLASSES = 10;

const floats = (text) => {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};

/**
 * The shop's own reader of the classifier that the vision team publishes. It relies on schema 1 (`code`, `confidence`) and refuses
 * an artifact that no longer promises these.
 */
export async function readClassifier(file) {
  const artifact = JSON.parse(await readFile(file.path, 'utf8'));
  for (const field of ['code', 'confidence']) {
    if (artifact.output?.[field] !== 'number') throw new Error(`the classifier does not answer "${field}" any more; use a version in ^1.0.0`);
  }
  const [first, firstBias, second, secondBias] = ['first', 'firstBias', 'second', 'secondBias'].map((name) => floats(artifact[name]));
  const active = new Float32Array(artifact.hidden);
  const out = new Float32Array(CLASSES);
  const classify = (bytes, at) => {
    active.set(firstBias);
    for (let pixel = 0; pixel < PIXELS; pixel += 1) {
      const value = bytes[at + pixel] / 255;
      if (value !== 0) for (let h = 0; h < active.length; h += 1) active[h] += value * first[pixel * active.length + h];
    }
    out.set(secondBias);
    for (let h = 0; h < active.length; h += 1) {
      if (active[h] > 0) for (let c = 0; c < CLASSES; c += 1) out[c] += active[h] * second[h * CLASSES + c];
    }
    const top = max(...out);
    const code = out.indexOf(top);
    return { code, confidence: 1 / out.reduce((sum, value) => sum + exp(value - top), 0) };
  };
  return { classify, heldOutFold: artifact.heldOutFold };
}
