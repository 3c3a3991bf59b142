const { exp, floor } = Math;

const BINS = 16;

/** Cut points that put about as many of the values into each of 16 bins. */
function cuts(values) {
  const sorted = Float32Array.from(values).sort();
  return Float32Array.from({ length: BINS - 1 }, (_, i) => sorted[floor(((i + 1) * sorted.length) / BINS)]);
}

/** The sums of gradient and weight in each bin of one feature. */
function histogram(column, gradients, weights) {
  const sums = new Float64Array(BINS * 2);
  for (let n = 0; n < column.length; n += 1) {
    sums[column[n] * 2] += gradients[n];
    sums[column[n] * 2 + 1] += weights[n];
  }
  return sums;
}

/** The cut of this feature that lowers the loss most, with the values to its left and right (Newton step, ridge 1). */
function bestCut(sums) {
  let gradient = 0;
  let weight = 0;
  for (let b = 0; b < BINS; b += 1) {
    gradient += sums[b * 2];
    weight += sums[b * 2 + 1];
  }
  let best = { gain: 0 };
  let g = 0;
  let w = 0;
  for (let b = 0; b < BINS - 1; b += 1) {
    g += sums[b * 2];
    w += sums[b * 2 + 1];
    const gain = (g * g) / (w + 1) + (gradient - g) ** 2 / (weight - w + 1) - gradient ** 2 / (weight + 1);
    if (gain > best.gain) best = { gain, bin: b, left: g / (w + 1), right: (gradient - g) / (weight - w + 1) };
  }
  return best;
}

/** Bin of each value, by binary search among the cut points. */
function binOf(points, value) {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value >= points[middle]) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Gradient boosting of decision stumps on logistic loss. `columns` is one Float32Array per feature, `labels` 0 or 1.
 * After each round `onRound(done)` is awaited. Answers `part(f, value)`, what feature f adds to the score: the sum over the features is the log odds.
 */
export async function boost(columns, labels, { rounds, rate }, onRound) {
  const points = columns.map(cuts);
  const binned = columns.map((column, f) => Uint8Array.from(column, (value) => binOf(points[f], value)));
  const steps = columns.map(() => new Float64Array(BINS));
  const scores = new Float64Array(labels.length);
  const gradients = new Float64Array(labels.length);
  const weights = new Float64Array(labels.length);
  for (let round = 0; round < rounds; round += 1) {
    for (let n = 0; n < labels.length; n += 1) {
      const p = 1 / (1 + exp(-scores[n]));
      gradients[n] = labels[n] - p;
      weights[n] = p * (1 - p);
    }
    const found = binned.map((column) => bestCut(histogram(column, gradients, weights)));
    const f = found.reduce((best, cut, i) => (cut.gain > found[best].gain ? i : best), 0);
    if (found[f].gain === 0) break;
    for (let b = 0; b < BINS; b += 1) steps[f][b] += rate * (b <= found[f].bin ? found[f].left : found[f].right);
    for (let n = 0; n < labels.length; n += 1) scores[n] += rate * (binned[f][n] <= found[f].bin ? found[f].left : found[f].right);
    await onRound(round + 1);
  }
  return (f, value) => steps[f][binOf(points[f], value)];
}
