import { readFile, writeFile } from 'node:fs/promises';
import { fromArtifact, toArtifact } from './classifier.mjs';

const INPUT = { pixels: 'array' };
/** What a reader of the classifier may rely on. Schema 2 takes `code` and `confidence` away, so it is a new major version. */
const OUTPUT = {
  1: { code: 'number', confidence: 'number' },
  2: { label: 'string', probabilities: 'array' },
};

/** Inputs: `weights`; params: `schemaVersion`, `fold`. Writes `classifier.json`, the artifact that the version carries. */
export async function publish({ params, inputs, outputs }) {
  const output = OUTPUT[params.schemaVersion];
  if (!output) throw new Error(`schemaVersion is ${params.schemaVersion}; known are ${Object.keys(OUTPUT).join(' and ')}`);
  const net = fromArtifact(await readFile(inputs.weights.path, 'utf8'));
  await writeFile(outputs.path('classifier.json'), toArtifact(net, { heldOutFold: params.fold, output }));
  return { classifier: await outputs.file('classifier.json'), schema: { input: INPUT, output } };
}
