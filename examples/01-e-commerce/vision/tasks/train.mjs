import { readFile, writeFile } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { epoch, epochsFor, orders, toArtifact, untrained } from './classifier.mjs';
import { RECORD } from './digits.mjs';

/** Inputs: `train`; params: `hidden`, `seed`. Writes `weights.json`. */
export async function train({ params, inputs, outputs, log, progress, signal }) {
  const records = await readFile(inputs.train.path);
  const count = records.length / RECORD;
  const net = untrained(params.hidden, params.seed);
  const order = orders(count, params.seed + 1);
  const epochs = epochsFor(count);
  let loss = 0;
  for (let e = 0; e < epochs; e += 1) {
    loss = epoch(net, records, order(), 0.03 * (1 - e / epochs));
    log(`epoch ${e + 1} of ${epochs}: loss ${loss.toFixed(4)}`);
    progress((e + 1) / epochs);
    await turn();
    signal.throwIfAborted();
  }
  await writeFile(outputs.path('weights.json'), toArtifact(net, {}));
  return { weights: await outputs.file('weights.json'), epochs, loss };
}
