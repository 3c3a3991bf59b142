/** Ms. */
const RECOVERY_P50 = 17_000;
/** The middle of fewer is that of one fault: a cut agent loses all that it ran at once. */
const LEAST_RECOVERIES = 20;
const RECOVERY_P99 = 30_000;
export const TAKE_OVER_P99 = 3_000;
/** From the kill, the outage included: what heals, heals within this. */
export const OUTAGE_P99 = RECOVERY_P99;
const COMPLETION = 0.9999;

/** The share's value of the sorted samples; undefined of none. */
export function percentile(samples, share) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

/** Of fewer than 100 samples the worst one would stand for the percentile alone: then it is the second worst. */
function p99(samples) {
  if (samples.length < 2 || samples.length >= 100) return percentile(samples, 0.99);
  return [...samples].sort((a, b) => a - b).at(-2);
}

/** Figures that follow from others; made anew when runs are added up. */
export function derived({ values, recovery, takeOver, outage }) {
  // Infinite as it was counted, null once it was written as JSON.
  const [taken, late] = [takeOver, outage].map((samples) => samples.filter(Number.isFinite));
  return {
    completion: values['runs acknowledged'] === 0 ? 0 : values['ended as they should'] / values['runs acknowledged'],
    'recovery p50 ms': percentile(recovery, 0.5) ?? null, 'recovery p99 ms': p99(recovery) ?? null, recoveries: recovery.length,
    'take-over p50 ms': percentile(taken, 0.5) ?? null, 'take-over p99 ms': p99(taken) ?? null, 'take-overs': taken.length,
    'take-over across an outage p99 ms': p99(late) ?? null, 'take-overs across an outage': late.length, 'never taken over': takeOver.length + outage.length - taken.length - late.length,
  };
}

/** Why the figures miss their targets; empty where they do not. */
export function misses(values, proof = 'faults that hit work in flight') {
  const none = (name) => (values[name] === 0 ? [] : [`${name}: ${values[name]}`]);
  const most = (name, limit) => (values[name] === null || values[name] <= limit ? [] : [`${name}: ${values[name]}, at most ${limit}`]);
  return [
    ...['lost', 'counted twice', 'stale commits applied', 'orphans', 'failed otherwise', 'answers of 500', 'requests refused', 'differences of the rebuild', 'never taken over'].flatMap(none),
    ...(values.completion >= COMPLETION ? [] : [`completion ${(100 * values.completion).toFixed(3)} %`]),
    ...(values.recoveries < LEAST_RECOVERIES ? [] : most('recovery p50 ms', RECOVERY_P50)), ...most('recovery p99 ms', RECOVERY_P99), ...most('take-over p99 ms', TAKE_OVER_P99), ...most('take-over across an outage p99 ms', OUTAGE_P99),
    ...['faults that hit work in flight', proof].filter((name) => !(values[name] > 0)).map((name) => `${name}: ${values[name]}, so nothing was shown`).slice(0, 1),
  ];
}
