import type { FileRef } from '@novacron/contracts';
import type { Json } from '@novacron/kernel';

type Outputs = Record<string, Json>;

/**
 * Outputs with references in place of file names: an output that is exactly the name of an artifact becomes its reference, unless
 * the task declares another type than `file` for it.
 */
export function withFiles(outputs: Outputs, files: readonly FileRef[], declared?: Readonly<Record<string, string>>): Outputs {
  if (files.length === 0) return outputs;
  const byName = new Map(files.map((file) => [file.name, file]));
  return Object.fromEntries(Object.entries(outputs).map(([key, value]) => {
    const file = typeof value === 'string' && (declared?.[key] ?? 'file') === 'file' ? byName.get(value) : undefined;
    return [key, file ?? value];
  })) as Outputs;
}
