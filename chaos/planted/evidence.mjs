// The one line that shows how a check failed: what was expected and what came, and where it says so.
import { stripVTControlCharacters } from 'node:util';

/** Longest evidence that a table still holds. */
const WIDTH = 160;

/** `{line, at, whole}` of an assertion's message: its first sentence with what was expected and received, the place in the specification, and all that it said. */
export function evidenceOf(message) {
  const lines = stripVTControlCharacters(message).split('\n').map((line) => line.trim());
  const stack = lines.findIndex((line) => /^(at |>? ?\d+ \|)/.test(line));
  const said = lines.slice(0, stack < 0 ? lines.length : stack).filter(Boolean);
  const details = said.filter((line) => DETAIL.test(line) && !BRACKET.test(line)).slice(0, 2);
  const first = (said[0] ?? 'it failed').replace(/^Error: /, '').replace(/ \/\/ .*/, '');
  return { line: [first, ...details].join('; ').slice(0, WIDTH), at: placeIn(lines), whole: said.join('\n') };
}

/** What differs, in Jest's two ways of saying it. */
const DETAIL = /^((Expected|Received)\b[^:]*: |[-+] +\S)/;
/** A line of a difference that only opens or closes something, or is its heading. */
const BRACKET = /([[{\]}],?$|^[-+] (Expected|Received) )/;

/** A property's own message says only that it failed; the assertion that did stands under it as its cause. */
export function causeIn(report) {
  return /\n\s*Cause:\n([\s\S]*)/.exec(stripVTControlCharacters(report))?.[1];
}

function placeIn(lines) {
  const line = lines.find((each) => each.startsWith('at ') && /(\.spec\.ts|conformance\/\w+\.ts|\.spec\.mjs):\d+/.test(each)) ?? '';
  return /([\w-]+(?:\.spec)?\.m?[tj]s:\d+)/.exec(line)?.[1] ?? '';
}

/** Why a suite could not even be loaded. */
export function failureIn(message) {
  return stripVTControlCharacters(message).split('\n').map((line) => line.trim()).find((line) => /Error|Cannot/.test(line))?.slice(0, WIDTH) ?? 'the suite could not be loaded';
}
