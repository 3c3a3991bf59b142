import { CLASSES, PIXELS, RECORD } from './digits.mjs';
import { random, shuffle } from './random.mjs';

const { exp, log, max, min, round, sqrt } = Math;

/** A perceptron with one hidden layer (ReLU) and softmax outputs. `first` is pixel-major, so that dark pixels cost nothing. */
export function untrained(hidden, seed) {
  const next = random(seed);
  const spread = (count, inputs) => Float32Array.from({ length: count }, () => (next() * 2 - 1) * sqrt(3 / inputs));
  return {
    hidden,
    first: spread(PIXELS * hidden, PIXELS / 4),
    firstBias: new Float32Array(hidden),
    second: spread(hidden * CLASSES, hidden),
    secondBias: new Float32Array(CLASSES),
  };
}

/** Probabilities of the ten classes for the 784 grey values at `at`; leaves the hidden activations in `active`. */
export function forward(net, bytes, at, active, out) {
  active.set(net.firstBias);
  for (let pixel = 0; pixel < PIXELS; pixel += 1) {
    const grey = bytes[at + pixel];
    if (grey === 0) continue;
    const value = grey / 255;
    const row = pixel * net.hidden;
    for (let h = 0; h < net.hidden; h += 1) active[h] += value * net.first[row + h];
  }
  out.set(net.secondBias);
  for (let h = 0; h < net.hidden; h += 1) {
    if (active[h] <= 0) active[h] = 0;
    else for (let c = 0; c < CLASSES; c += 1) out[c] += active[h] * net.second[h * CLASSES + c];
  }
  softmax(out);
}

function softmax(values) {
  const top = max(...values);
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i] = exp(values[i] - top);
  for (let i = 0; i < values.length; i += 1) values[i] /= sum;
}

/** One pass of stochastic gradient descent over `order`; answers the mean cross-entropy. */
export function epoch(net, records, order, rate) {
  const active = new Float32Array(net.hidden);
  const back = new Float32Array(net.hidden);
  const out = new Float32Array(CLASSES);
  let loss = 0;
  for (const n of order) {
    const label = records[n * RECORD];
    const at = n * RECORD + 1;
    forward(net, records, at, active, out);
    loss -= log(max(out[label], 1e-9));
    out[label] -= 1;
    for (let h = 0; h < net.hidden; h += 1) {
      back[h] = 0;
      if (active[h] === 0) continue;
      for (let c = 0; c < CLASSES; c += 1) {
        const weight = h * CLASSES + c;
        back[h] += out[c] * net.second[weight];
        net.second[weight] -= rate * out[c] * active[h];
      }
    }
    for (let c = 0; c < CLASSES; c += 1) net.secondBias[c] -= rate * out[c];
    for (let h = 0; h < net.hidden; h += 1) net.firstBias[h] -= rate * back[h];
    for (let pixel = 0; pixel < PIXELS; pixel += 1) {
      const grey = records[at + pixel];
      if (grey === 0) continue;
      const step = (rate * grey) / 255;
      const row = pixel * net.hidden;
      for (let h = 0; h < net.hidden; h += 1) net.first[row + h] -= step * back[h];
    }
  }
  return loss / order.length;
}

/** Passes over the images until about 60,000 were seen, at least 6 and at most 20. */
export const epochsFor = (count) => min(20, max(6, round(60_000 / count)));

export const orders = (count, seed) => {
  const next = random(seed);
  const order = Array.from({ length: count }, (_, i) => i);
  return () => shuffle(order, next);
};

/** Share of the records whose most probable class is their label. */
export function accuracy(net, records) {
  const active = new Float32Array(net.hidden);
  const out = new Float32Array(CLASSES);
  const count = records.length / RECORD;
  let right = 0;
  for (let n = 0; n < count; n += 1) {
    forward(net, records, n * RECORD + 1, active, out);
    if (out.indexOf(max(...out)) === records[n * RECORD]) right += 1;
  }
  return right / count;
}

const LAYERS = ['first', 'firstBias', 'second', 'secondBias'];
const base64 = (floats) => Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength).toString('base64');
const floats = (text) => {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};

/** The artifact: plain JSON with the weights as base64 of little-endian 32-bit floats; `about` is free. */
export const toArtifact = (net, about) =>
  JSON.stringify({ format: 'perceptron-1', ...about, hidden: net.hidden, ...Object.fromEntries(LAYERS.map((name) => [name, base64(net[name])])) });

export function fromArtifact(text) {
  const artifact = JSON.parse(text);
  if (artifact.format !== 'perceptron-1') throw new Error(`the classifier's format is ${artifact.format}; this code reads perceptron-1`);
  return { hidden: artifact.hidden, ...Object.fromEntries(LAYERS.map((name) => [name, floats(artifact[name])])) };
}
