import type { ModelNeed, Publication } from '@novacron/contracts';
import semver from 'semver';
import type { Reader } from '../yaml/fields.ts';
import type { Node, ScalarNode } from '../yaml/node.ts';
import type { ExpressionContext } from './draft.ts';
import type { Expressions } from './expressions.ts';

const MODEL = /^[a-z0-9][a-z0-9_.-]{0,63}\/[a-z0-9][a-z0-9_.-]{0,63}$/;
const COMPARISON = /^\s*(>=|<=|>|<|==?)\s*-?\d+(\.\d+)?\s*$/;

export function readModelName(reader: Reader, node: Node | undefined): string | undefined {
  const model = reader.text(node, 'model');
  if (model === undefined || MODEL.test(model)) return model;
  reader.report.error(node as Node, `'${model.slice(0, 60)}' is no model`, "write 'workspace/name', lower-case");
  return undefined;
}

/** An npm semver range. */
export function readRange(reader: Reader, node: Node | undefined): string | undefined {
  const range = reader.text(node, 'range');
  if (range === undefined || semver.validRange(range) !== null) return range;
  reader.report.error(node as Node, `'${range.slice(0, 60)}' is no version range`, "write an npm range such as '^1.0.0' or '>=1.2 <2'");
  return undefined;
}

/** A need of a model version: the map form of an entry of `needs`. */
export function readModelNeed(reader: Reader, node: Node): ModelNeed | undefined {
  const fields = reader.fields(node, 'a model need', ['model', 'range', 'compat', 'timeout', 'as']);
  const model = readModelName(reader, fields.get('model')?.value);
  if (!fields.has('model')) reader.report.error(node, 'a model need names its model', "write {model: workspace/name, range: '^1.0.0'}");
  const range = fields.has('range') ? readRange(reader, fields.get('range')?.value) : '*';
  const compat = readCompat(reader, fields.get('compat')?.value);
  const timeout = reader.duration(fields.get('timeout')?.value, 'timeout');
  const as = reader.taskName(fields.get('as')?.value, 'name for a model');
  if (model === undefined || range === undefined) return undefined;
  return {
    model,
    range,
    ...(compat === undefined ? {} : { compat }),
    ...(timeout === undefined ? {} : { timeout }),
    as: as ?? (model.split('/')[1] as string),
  };
}

export function readCompat(reader: Reader, node: Node | undefined): ModelNeed['compat'] | undefined {
  if (node === undefined) return undefined;
  const fields = reader.fields(node, 'compat', ['inputs', 'outputs', 'metrics']);
  const inputs = reader.choice(fields.get('inputs')?.value, 'compat.inputs', ['backward']);
  const outputs = reader.choice(fields.get('outputs')?.value, 'compat.outputs', ['backward']);
  const metrics: Record<string, string> = {};
  for (const { key, value } of reader.entries(fields.get('metrics')?.value, 'a metric')) {
    const comparison = reader.text(value, `the demand on ${key}`);
    if (comparison === undefined) continue;
    if (COMPARISON.test(comparison)) metrics[key] = comparison.trim();
    else reader.report.error(value, `'${comparison.slice(0, 40)}' is no comparison`, "write '>=0.80'");
  }
  return {
    ...(inputs === undefined ? {} : { inputs }),
    ...(outputs === undefined ? {} : { outputs }),
    ...(Object.keys(metrics).length === 0 ? {} : { metrics }),
  };
}

/** `publishes`: the model version that the task's success carries to the registry. */
export function readPublication(reader: Reader, expressions: Expressions, node: Node, context: ExpressionContext): Publication | undefined {
  const fields = reader.fields(node, 'publishes', ['model', 'version', 'schema', 'metrics', 'artifact', 'lineage']);
  for (const name of ['model', 'version']) {
    if (node.kind === 'map' && !fields.has(name)) reader.report.error(node, `publishes names no ${name}`);
  }
  const model = readModelName(reader, fields.get('model')?.value);
  const version = reader.text(fields.get('version')?.value, 'version');
  if (version !== undefined) {
    expressions.template(fields.get('version')?.value as Node, context);
    if (!version.includes('${{') && semver.valid(version) === null) {
      reader.report.error(fields.get('version')?.value as ScalarNode, `'${version.slice(0, 40)}' is no version`, "write semver such as '1.0.0', or a template");
    }
  }
  const artifact = reader.text(fields.get('artifact')?.value, 'artifact');
  if (artifact !== undefined && (artifact.startsWith('/') || artifact.split(/[\\/]/).includes('..'))) {
    reader.report.error(fields.get('artifact')?.value as Node, 'artifact is the name of a file under the task\'s own artifacts');
  }
  const templates = Object.fromEntries(
    ['schema', 'metrics', 'lineage'].flatMap((name) => {
      const value = fields.get(name)?.value;
      return value === undefined ? [] : [[name, expressions.template(value, context)]];
    }),
  );
  if (model === undefined || version === undefined) return undefined;
  return { model, version, ...templates, ...(artifact === undefined ? {} : { artifact }) };
}
