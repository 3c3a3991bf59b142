import { readFile } from 'node:fs/promises';
import { accuracy, fromArtifact } from './classifier.mjs';
import { RECORD } from './digits.mjs';

/** Inputs: `weights`, `heldOut`. The accuracy is measured on images that training never saw. */
export async function evaluate({ inputs, log }) {
  const net = fromArtifact(await readFile(inputs.weights.path, 'utf8'));
  const records = await readFile(inputs.heldOut.path);
  const top1 = accuracy(net, records);
  log(`top-1 accuracy ${top1.toFixed(4)} on ${records.length / RECORD} held-out images`);
  return { accuracy: top1, heldOutCount: records.length / RECORD };
}
