/** Plain data: what an event, a state entity or a reply may hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * Canonical JSON text (RFC 8785): members sorted by UTF-16 code units, no white space, absent members left out.
 * Equal values give equal text on every machine, so texts can be hashed and compared.
 */
export function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) {
    let text = '[';
    for (let i = 0; i < value.length; i++) text += (i ? ',' : '') + canonical(value[i]);
    return text + ']';
  }
  const members = value as Record<string, unknown>;
  let text = '{';
  for (const name of Object.keys(members).sort()) {
    const member = members[name];
    if (member === undefined) continue;
    text += (text.length > 1 ? ',' : '') + JSON.stringify(name) + ':' + canonical(member);
  }
  return text + '}';
}
