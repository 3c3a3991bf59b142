// docs/messages.md: every public message, from its declaration.
import { z } from 'zod';

/** The page over all declared messages. */
export function messagesPage(contracts) {
  const all = [...contracts.messages.values()];
  return [
    '# Messages', '',
    `The ${all.length} public messages, declared in [libs/contracts](../libs/contracts/src/messages). An event is a fact in its service's topic. *Heard by* names the services it is addressed to, and`,
    'the key of the partition that hears it; an event addressed to nobody is for folds, projections and the audit trail. `?` is optional; `time` is milliseconds since the epoch.', '',
    '| listens | to |', '|---|---|',
    ...contracts.SERVICES.map((name) => `| ${name} | ${contracts.HEARS[name].join(', ')} |`), '',
    ...contracts.SERVICES.flatMap((name) => section(contracts, name, all.filter((spec) => spec.said === name))),
  ].join('\n');
}

function section(contracts, name, specs) {
  if (specs.length === 0) return [];
  return [`## Said by ${name}`, `Its topic is keyed by ${specs[0].keyed}.`, '', ...specs.flatMap((spec) => entry(contracts, spec))];
}

function entry(contracts, spec) {
  const heard = contracts.audienceOf(spec).map(({ service, key }) => `${service} \`${key}\``).join(', ');
  const schema = z.toJSONSchema(spec.schema, { unrepresentable: 'any' });
  const fields = fieldsOf(schema).filter(([name]) => name !== 'type');
  return [`### ${spec.type}`, `${spec.summary} Version ${spec.version}; heard by ${heard || 'nobody'}.`, '', ...fields.map(([name, type]) => `- \`${name}\` ${type}`), ''];
}

const fieldsOf = ({ properties = {}, required = [] }) => Object.entries(properties).map(([name, of]) => [required.includes(name) ? name : `${name}?`, typeOf(of)]);

/** A type in one line. */
function typeOf(schema) {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(' or ');
  if (schema.$ref || schema.allOf || Object.keys(schema).length === 0) return 'JSON';
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.type !== 'object') return schema.pattern ? `${schema.type} \`${schema.pattern.replaceAll('|', '\\|')}\`` : schema.type;
  if (!schema.properties) return `map of ${typeOf(schema.additionalProperties || {})}`;
  return `{ ${fieldsOf(schema).map(([name, type]) => `${name}: ${type}`).join('; ')} }`;
}
