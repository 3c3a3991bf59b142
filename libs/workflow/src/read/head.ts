import type { Fields, Reader } from '../yaml/fields.ts';
import type { Node, Place } from '../yaml/node.ts';

const SPEC_FIELDS = ['params', 'tasks', 'modalities', 'fusion', 'dependency', 'needs', 'retry', 'timeout', 'triggers', 'concurrency', 'pool', 'priority', 'priorityClass', 'outputs'];
const SPEC_ALIASES = { queue: 'pool' };

/** What a file says before its fields, whichever of the two forms it has. */
export interface Head {
  readonly name: string;
  readonly description?: string;
  readonly fields: Fields;
  readonly place: Place;
}

/** Both accepted forms: the envelope (apiVersion, kind, metadata, spec), and `workflow: {name, …}` of WP-01. */
export function readHead(reader: Reader, root: Node): Head | undefined {
  const stray = root.kind === 'map' ? ['name', 'tasks', 'modalities'].find((field) => root.entries.has(field)) : undefined;
  if (stray !== undefined) {
    reader.report.error(root, `'${stray}' stands at the top of the file`, "put 'workflow:' above it and indent the rest, or use apiVersion, kind, metadata and spec");
    return undefined;
  }
  const top = reader.fields(root, 'a workflow file', ['apiVersion', 'kind', 'metadata', 'spec', 'workflow']);
  if (root.kind !== 'map') return undefined;
  const workflow = top.get('workflow');
  if (workflow !== undefined) {
    const other = ['apiVersion', 'kind', 'metadata', 'spec'].find((name) => top.has(name));
    if (other !== undefined) reader.report.error(top.get(other)?.keyAt as Place, `'${other}' beside 'workflow': choose one of the two forms`);
    const fields = reader.fields(workflow.value, 'workflow', ['name', 'description', ...SPEC_FIELDS], SPEC_ALIASES);
    return named(reader, fields, workflow.keyAt, 'workflow.name', fields);
  }
  if (!top.has('spec')) {
    if (!reader.report.failed) reader.report.error(root, "neither 'workflow' nor 'spec' stands here", "start with 'workflow:' or with 'apiVersion: novacron.io/v1'");
    return undefined;
  }
  if (!top.has('apiVersion')) reader.report.error(root, "'apiVersion' is missing", 'apiVersion: novacron.io/v1');
  reader.choice(top.get('apiVersion')?.value, 'apiVersion', ['novacron.io/v1']);
  if (!top.has('kind')) reader.report.error(root, "'kind' is missing", 'kind: Workflow');
  reader.choice(top.get('kind')?.value, 'kind', ['Workflow']);
  const metadata = reader.fields(top.get('metadata')?.value, 'metadata', ['name', 'description']);
  const spec = top.get('spec') as { keyAt: Place; value: Node };
  return named(reader, metadata, spec.keyAt, 'metadata.name', reader.fields(spec.value, 'spec', SPEC_FIELDS, SPEC_ALIASES));
}

function named(reader: Reader, naming: Fields, place: Place, what: string, fields: Fields): Head | undefined {
  if (!naming.has('name')) reader.report.error(place, `the workflow has no name: '${what}' is missing`);
  const name = reader.lowerName(naming.get('name')?.value, 'name of a workflow');
  const description = reader.text(naming.get('description')?.value, 'description');
  if (name === undefined) return undefined;
  return { name, ...(description === undefined ? {} : { description }), fields, place };
}
