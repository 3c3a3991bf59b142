import { createHash } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs one task function without NovaCron, as a test of your own workflow would: the same context that an agent gives it,
 * with a folder of its own for files. What it returns can be given to the next task as inputs.
 */
export async function runTask(task, { params = {}, inputs = {}, attempt = 1, signal = new AbortController().signal } = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'novacron-task-'));
  const path = (name) => join(dir, name);
  const file = async (name) => {
    const bytes = await readFile(path(name));
    return { name, hash: createHash('sha256').update(bytes).digest('hex'), size: bytes.length, path: path(name) };
  };
  return task({ params, inputs, attempt, signal, log: () => {}, progress: () => {}, outputs: { dir, path, file } });
}
