import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CliError, EXIT } from './exit-codes.ts';

/** A workflow as it lies on disk; `file` names are as the user would find them. */
export interface WorkflowFolder {
  readonly folder: string;
  readonly file: string;
  readonly yaml: string;
  readonly componentsFile: string;
  readonly components: string | undefined;
}

/** Reads `workflow.yaml` (or the YAML file that is named) and `components.yaml` beside it. */
export async function readWorkflowFolder(cwd: string, path: string): Promise<WorkflowFolder> {
  const found = await stat(resolve(cwd, path)).catch(() => undefined);
  if (!found) throw new CliError('FolderUnknown', `There is no ${path}.`, EXIT.notFound);
  const folder = found.isDirectory() ? path : dirname(path);
  const file = join(folder, found.isDirectory() ? 'workflow.yaml' : basename(path));
  const componentsFile = join(folder, 'components.yaml');
  const yaml = await textOf(resolve(cwd, file));
  if (yaml === undefined) throw new CliError('FolderUnknown', `There is no workflow.yaml in ${path}; npx novacron init ${path} writes a first one.`, EXIT.notFound);
  return { folder: resolve(cwd, folder), file, yaml, componentsFile, components: await textOf(resolve(cwd, componentsFile)) };
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new CliError('FileUnreadable', `${file} cannot be read: ${error.code}.`);
  });
}
