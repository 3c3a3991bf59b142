import type { ModelVersion } from '@novacron/contracts';
import type { Compat } from './state.ts';

type Offered = Pick<ModelVersion, 'version' | 'metrics' | 'schema'>;
type Fields = Readonly<Record<string, string>>;

const COMPARISON = /^\s*(>=|<=|>|<|==?)\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*$/;

/**
 * Why a consumer that knows `known` cannot take `offered`, or undefined (DP-20). Backward outputs: what the consumer reads is still there
 * with the same type. Backward inputs: what the consumer sends is still enough; a field whose type ends in `?` need not be sent.
 */
export function incompatibility(offered: Offered, known: Offered | undefined, compat: Compat = {}): string | undefined {
  return metricFault(offered, compat.metrics ?? {}) ?? schemaFault(offered, known, compat);
}

/** Why a comparison such as `>=0.80` cannot be understood, or undefined. */
export function comparisonFault(comparison: string): string | undefined {
  return COMPARISON.test(comparison) ? undefined : `'${String(comparison).slice(0, 40)}' is no comparison; write '>=0.80'`;
}

function metricFault({ metrics }: Offered, demands: Fields): string | undefined {
  for (const [name, demand] of Object.entries(demands)) {
    const parts = COMPARISON.exec(demand);
    if (!parts) return `metric ${name}: ${comparisonFault(demand)}`;
    const measured = Object.hasOwn(metrics, name) ? metrics[name] : undefined;
    if (measured === undefined) return `it has no metric ${name}, and ${demand} is demanded`;
    if (!holds(measured, parts[1]!, Number(parts[2]))) return `its metric ${name} is ${measured}, and ${demand} is demanded`;
  }
  return undefined;
}

function holds(measured: number, comparison: string, limit: number): boolean {
  switch (comparison) {
    case '>=': return measured >= limit;
    case '<=': return measured <= limit;
    case '>': return measured > limit;
    case '<': return measured < limit;
    default: return measured === limit;
  }
}

function schemaFault(offered: Offered, known: Offered | undefined, compat: Compat): string | undefined {
  if ((!compat.inputs && !compat.outputs) || !known?.schema) return undefined;
  if (!offered.schema) return `it has no schema to compare with that of ${known.version}`;
  return (compat.outputs && outputFault(offered.schema.output, known.schema.output, known.version)) || (compat.inputs && inputFault(offered.schema.input, known.schema.input, known.version)) || undefined;
}

function outputFault(now: Fields, before: Fields, version: string): string | undefined {
  for (const [field, type] of Object.entries(before)) {
    const fault = typeFault('output', field, type, now, version);
    if (fault) return fault;
  }
  return undefined;
}

function inputFault(now: Fields, before: Fields, version: string): string | undefined {
  for (const [field, type] of Object.entries(now)) {
    if (Object.hasOwn(before, field)) {
      // What was required may become optional; nothing else about it may change.
      const required = type.replace(/\?$/, '');
      if (before[field] !== type && before[field] !== required) return `input '${field}' is ${type}, and was ${before[field]} in ${version}`;
    } else if (!type.endsWith('?')) return `it demands the input '${field}', which ${version} did not`;
  }
  return undefined;
}

function typeFault(side: string, field: string, type: string, now: Fields, version: string): string | undefined {
  if (!Object.hasOwn(now, field)) return `it lacks the ${side} '${field}' that ${version} had`;
  return now[field] === type ? undefined : `${side} '${field}' is ${now[field]}, and was ${type} in ${version}`;
}
