/** A piece of a template string: literal text, or the source of a `${{ }}` mark with its offset in the string. */
export type TemplatePart = { readonly text: string } | { readonly source: string; readonly offset: number };

const CACHE_SIZE = 4_096;
const cache = new Map<string, readonly TemplatePart[]>();

/** Splits a string at its `${{ }}` marks; an unclosed mark stays text (the checker refuses it). Cached, at most 4,096 strings. */
export function templateParts(template: string): readonly TemplatePart[] {
  const known = cache.get(template);
  if (known !== undefined) return known;
  const parts = split(template);
  if (template.length <= 8_192) cache.set(template, parts);
  if (cache.size > CACHE_SIZE) cache.delete(cache.keys().next().value as string);
  return parts;
}

/** Where a mark opens and never closes, in UTF-16 units; -1 when there is none. */
export function unclosedMark(template: string): number {
  const last = templateParts(template).at(-1);
  if (last === undefined || !('text' in last)) return -1;
  const at = last.text.indexOf('${{');
  return at < 0 ? -1 : template.length - last.text.length + at;
}

function split(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let from = 0;
  for (;;) {
    const open = template.indexOf('${{', from);
    const close = open < 0 ? -1 : closing(template, open + 3);
    if (close < 0) break;
    if (open > from) parts.push({ text: template.slice(from, open) });
    const inner = template.slice(open + 3, close);
    const source = inner.trim();
    parts.push({ source, offset: open + 3 + (inner.length - inner.trimStart().length) });
    from = close + 2;
  }
  if (from < template.length || parts.length === 0) parts.push({ text: template.slice(from) });
  return parts;
}

/** The `}}` that ends a mark: not one inside a string, and not the two that end nested maps. */
function closing(template: string, from: number): number {
  let braces = 0;
  let quote = '';
  for (let i = from; i < template.length; i++) {
    const c = template[i] as string;
    if (quote !== '') {
      if (c === '\\') i++;
      else if (c === quote) quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else if (c === '{') braces++;
    else if (c === '}') {
      if (braces === 0) return template[i + 1] === '}' ? i : -1;
      braces--;
    }
  }
  return -1;
}
