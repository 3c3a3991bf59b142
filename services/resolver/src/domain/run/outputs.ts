import type { FileRef, TaskDefinition } from '@novacron/contracts';
import type { Json } from '@novacron/kernel';

type Checked = { readonly ok: true; readonly outputs: Record<string, Json> } | { readonly ok: false; readonly message: string };

/** Checks outputs against their declaration (WP-16); the name of a file becomes the file's reference. */
export function checkOutputs(task: TaskDefinition, outputs: Record<string, Json>, files: readonly FileRef[] = []): Checked {
  if (task.outputs === undefined) return { ok: true, outputs };
  let checked = outputs;
  for (const [name, type] of Object.entries(task.outputs)) {
    let value = outputs[name];
    if (type === 'file' && typeof value === 'string') {
      const file = files.find((one) => one.name === value);
      if (file) checked = { ...checked, [name]: (value = { ...file }) };
    }
    const actual = typeOf(value);
    if (type === 'file' ? !isFile(value) : actual !== type) return { ok: false, message: `output '${name}' is declared as ${type}, the task gave ${actual}` };
  }
  return { ok: true, outputs: checked };
}

function typeOf(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function isFile(value: Json | undefined): boolean {
  return typeof value === 'object' && value !== null && typeof (value as Partial<FileRef>).hash === 'string';
}
