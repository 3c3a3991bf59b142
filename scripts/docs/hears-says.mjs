// The messages of one service: what it answers, and what it says.
const link = (type) => `[${type}](../../docs/messages.md#${type.toLowerCase()})`;
const addressedTo = (contracts, spec, name) => contracts.audienceOf(spec).some(({ service }) => service === name);

/** Markdown of what the service hears, by who says it, and of what it says, by who hears it. */
export function hearsAndSays(contracts, name, reactions) {
  const all = [...contracts.messages.values()];
  const heard = all.filter((spec) => reactions.includes(spec.type) && addressedTo(contracts, spec, name));
  const said = all.filter((spec) => spec.said === name);
  const own = reactions.filter((type) => !contracts.messages.has(type));
  const hears = contracts.SERVICES.map((from) => [from, heard.filter((spec) => spec.said === from)]).filter(([, specs]) => specs.length > 0);
  return [
    '| hears from | |', '|---|---|',
    ...hears.map(([from, specs]) => `| ${from === name ? 'itself' : from} | ${specs.map((spec) => link(spec.type)).join(', ')} |`),
    ...(own.length ? [`| private (asked directly, timers, outcomes of effects) | ${own.map((type) => `\`${type}\``).join(', ')} |`] : []),
    '', '| says | heard by | |', '|---|---|---|',
    ...said.map((spec) => `| ${link(spec.type)} | ${listeners(contracts, spec, name)} | ${spec.summary} |`), '',
  ].join('\n');
}

function listeners(contracts, spec, name) {
  const services = [...new Set(contracts.audienceOf(spec).map(({ service }) => (service === name ? 'itself' : service)))];
  return services.join(', ') || 'nobody: folds and projections';
}

/** Sentences about messages that a service is told and does not answer, or answers and is never told. */
export function unanswered(contracts, name, reactions) {
  return [...contracts.messages.values()].flatMap((spec) => {
    const [told, answers] = [addressedTo(contracts, spec, name), reactions.includes(spec.type)];
    if (told === answers) return [];
    return [told ? `${spec.type} is addressed to the ${name}, whose reactions.ts does not answer it.` : `${name}/src/reactions.ts answers ${spec.type}, which nobody addresses to it.`];
  });
}
