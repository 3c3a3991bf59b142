import type { Address } from '@novacron/kernel';
import { z } from 'zod';
import type { MessageSpec } from './message.ts';

/** The JSON Schema of a message, as far as it is read here. */
interface Shape {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Shape[];
}
/** How one sample chooses: optional fields there or not, flags up or down, and which value of every enumeration. */
interface Choice {
  readonly optional: boolean;
  readonly flag: boolean;
  readonly pick: number;
}

const PICKS = 12;
const CHOICES: readonly Choice[] = [true, false].flatMap((optional) => [true, false].flatMap((flag) => Array.from({ length: PICKS }, (_, pick) => ({ optional, flag, pick }))));

/**
 * Every address a message can have, found by evaluating its `to` over samples of its schema; keys are told in names of fields, `{workspace}/{workflow}`.
 * For documents and tests: a `to` that depends on more than what is optional, a flag or an enumeration is not seen through.
 */
export function audienceOf(spec: MessageSpec): Address[] {
  const shape = z.toJSONSchema(spec.schema, { unrepresentable: 'any' }) as Shape;
  const found = new Map<string, Address>();
  for (const choice of CHOICES) {
    for (const { service, key } of spec.to(sample(shape, '', choice) as never)) {
      const address = { service, key: key.replace('{owner}/{model}', '{model}') };
      found.set(`${service} ${address.key}`, address);
    }
  }
  return [...found.values()];
}

function sample(shape: Shape, name: string, choice: Choice): unknown {
  if (shape.const !== undefined) return shape.const;
  if (shape.enum) return shape.enum[choice.pick % shape.enum.length];
  if (shape.anyOf) return sample(shape.anyOf[choice.pick % shape.anyOf.length]!, name, choice);
  if (shape.type === 'boolean') return choice.flag;
  if (shape.type === 'number' || shape.type === 'integer') return choice.pick;
  if (shape.type === 'array') return [];
  if (shape.type === 'string') return name === 'model' ? '{owner}/{model}' : `{${name}}`;
  const fields = Object.entries(shape.properties ?? {}).filter(([field]) => choice.optional || shape.required?.includes(field));
  return Object.fromEntries(fields.map(([field, of]) => [field, sample(of, field, choice)]));
}
