import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from 'tar';
import { parseDocument } from 'yaml';
import { journalFolder, throughJournal } from './journal.mjs';

/** The folder as a tar.gz whose bytes depend on the files only, so that an unchanged folder is stored once. */
async function bundle(folder) {
  const chunks = [];
  for await (const chunk of create({ cwd: folder, gzip: { level: 6 }, portable: true, noMtime: true, noPax: true, filter: (path) => !path.includes('node_modules') }, ['.'])) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The YAML of a team for this round: its workspaces' names, and where the data lies as the parameters' defaults. Everything else stays as written. */
export function yamlFor(text, round, defaults) {
  const document = parseDocument(text.replaceAll('vision/product-classifier', `${round.vision}/product-classifier`));
  const at = document.has('workflow') ? 'workflow' : 'spec';
  for (const [name, value] of Object.entries(defaults)) {
    const param = document.getIn([at, 'params', name]);
    if (!param) continue;
    param.set('default', value);
    param.delete('required');
  }
  return document.toString({ lineWidth: 0 });
}

/** Uploads a team's folder and applies its workflow. With NOVACRON_EXAMPLE_JOURNAL the tasks note there what they do, for tests that count. */
export async function applyWorkflow(api, round, team, folder, defaults, journal = process.env.NOVACRON_EXAMPLE_JOURNAL) {
  const written = yamlFor(await readFile(join(folder, 'workflow.yaml'), 'utf8'), round, defaults);
  const bound = await readFile(join(folder, 'components.yaml'), 'utf8').catch(() => undefined);
  const [yaml, components] = journal ? [throughJournal(written), throughJournal(bound)] : [written, bound];
  const copy = journal ? await journalFolder(folder, [written, bound ?? ''], journal) : undefined;
  const { hash } = await api.upload(`/${round[team]}/bundles`, await bundle(copy ?? folder));
  if (copy) await rm(copy, { recursive: true });
  const body = { yaml, bundle: hash, ...(components === undefined ? {} : { components }) };
  // A resumed round may meet an edited folder: that is another request, not a repeat.
  const content = createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 16);
  await api.post(`/${round[team]}/workflows`, round.key(`apply-${team}-${content}`), body);
}
