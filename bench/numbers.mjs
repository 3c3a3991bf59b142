/** The value below which the given part (0 to 1) of the numbers lies. */
export function quantile(numbers, part) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}

export const median = (numbers) => quantile(numbers, 0.5);

/** Three significant digits, and no more than needed. */
export function short(number) {
  if (number === null || number === undefined) return '';
  return number >= 1000 ? Math.round(number).toLocaleString('en') : String(Number(number.toPrecision(3)));
}
