// docs/api.md: the gateway's route table for people; docs/openapi.json is the same for tools.
const PREFIX = '/api/v1';

/** The page over all routes, by the first word of what they are about. */
export function apiPage(routes) {
  const topics = grouped(routes);
  return [
    '# The HTTP API', '',
    `Every path stands below \`${PREFIX}\`; schemas are in [openapi.json](openapi.json), which a running gateway serves as well. A key goes into \`Authorization: Bearer nvk_…\`; another workspace's`,
    'things answer 404. Every mutation takes an `Idempotency-Key`, is in the log before it is answered, and says its place there in `Novacron-Position`; a read with `?position=` waits until that can be',
    'read, and one with `?at=` (a position, or a time with its zone) answers as it was. Errors are `application/problem+json` (RFC 9457) with a `code` and a sentence that says what to do.', '',
    ...[...topics].flatMap(([topic, of]) => [`## ${topic}`, '', '| | | least role |', '|---|---|---|', ...of.map(line), '']),
  ].join('\n');
}

const topicOf = ({ path }) => path.split('/').filter((part) => part && !part.startsWith('{'))[0] ?? 'workspace';
const line = (route) => `| \`${route.method} ${route.path}\` | ${route.summary} | ${route.role}${route.scope === 'system' ? ' of the installation' : ''} |`;

function grouped(routes) {
  const result = new Map();
  for (const route of routes) result.set(topicOf(route), [...(result.get(topicOf(route)) ?? []), route]);
  return result;
}
