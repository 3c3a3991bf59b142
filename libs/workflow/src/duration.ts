const UNITS: Readonly<Record<string, number>> = {
  ms: 1, millisecond: 1, milliseconds: 1,
  s: 1_000, sec: 1_000, secs: 1_000, second: 1_000, seconds: 1_000,
  m: 60_000, min: 60_000, mins: 60_000, minute: 60_000, minutes: 60_000,
  h: 3_600_000, hr: 3_600_000, hrs: 3_600_000, hour: 3_600_000, hours: 3_600_000,
  d: 86_400_000, day: 86_400_000, days: 86_400_000,
  w: 604_800_000, week: 604_800_000, weeks: 604_800_000,
};
const PIECE = /(\d+(?:\.\d+)?)\s*([a-z]+)[\s,]*/y;
const ISO = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
/** Ten years; longer ones are a slip of the unit. */
const LONGEST = 3_653 * 86_400_000;

/**
 * Milliseconds of "2 hours", "90s", "1h30m", "10 minutes" or ISO 8601 "PT2H" (no months and years: their length varies);
 * undefined for anything else, for a bare number, and beyond ten years.
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed.length === 0 || trimmed.length > 64) return undefined;
  const millis = trimmed.startsWith('P') ? iso(trimmed) : pieces(trimmed.toLowerCase());
  if (millis === undefined || millis > LONGEST) return undefined;
  return Math.round(millis);
}

function iso(text: string): number | undefined {
  const match = ISO.exec(text);
  if (match === null || text.endsWith('P') || text.endsWith('T')) return undefined;
  const [, weeks, days, hours, minutes, seconds] = match.map((part) => Number(part ?? 0));
  return (((weeks ?? 0) * 7 + (days ?? 0)) * 24 + (hours ?? 0)) * 3_600_000 + (minutes ?? 0) * 60_000 + (seconds ?? 0) * 1_000;
}

function pieces(text: string): number | undefined {
  let millis = 0;
  let last = Infinity;
  for (PIECE.lastIndex = 0; PIECE.lastIndex < text.length; ) {
    const match = PIECE.exec(text);
    const unit = match === null ? undefined : Object.hasOwn(UNITS, match[2] ?? '') ? UNITS[match[2] ?? ''] : undefined;
    // Units fall: "30m1h" and "1h 2h" are slips.
    if (match === null || unit === undefined || unit >= last) return undefined;
    last = unit;
    millis += Number(match[1]) * unit;
  }
  return millis;
}
