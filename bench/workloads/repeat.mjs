/** Measures once to warm up, which does not count, then `times` times. */
export async function repeat(times, measure) {
  await measure();
  const values = [];
  for (let i = 0; i < times; i++) values.push(await measure());
  return values;
}
