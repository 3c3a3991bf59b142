import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTask } from '../task-context.mjs';
import { predict } from './predict.mjs';

const python = spawnSync('python3', ['--version']).status === 0;
if (!python) console.warn('SKIPPED: python3 is not installed, so the Python example is not run.');

(python ? it : it.skip)('train.py fits the line and predict reads its file (WP-24)', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'novacron-python-'));
  const path = (name) => join(dir, name);
  writeFileSync(path('inputs.json'), JSON.stringify({ params: { points: 200, seed: 1 }, inputs: {} }));
  const env = { ...process.env, NOVACRON_INPUTS: path('inputs.json'), NOVACRON_OUTPUTS: path('outputs.json'), NOVACRON_ARTIFACTS: dir };
  const { status, stderr } = spawnSync('python3', [fileURLToPath(new URL('train.py', import.meta.url))], { env, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const outputs = JSON.parse(readFileSync(path('outputs.json'), 'utf8'));
  expect(outputs.slope).toBeCloseTo(2, 1);
  const { y } = await runTask(predict, { params: { x: 10 }, inputs: { line: { path: path(outputs.line) } } });
  expect(y).toBeCloseTo(21, 0);
});
