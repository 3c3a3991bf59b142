import { readFile } from 'node:fs/promises';

/** Inputs: `line`, the file that train.py wrote; params: `x`. */
export async function predict({ params, inputs }) {
  const { slope, intercept } = JSON.parse(await readFile(inputs.line.path, 'utf8'));
  return { y: slope * params.x + intercept };
}
