/** Longest accepted expression, in UTF-16 units. */
export const MAX_EXPRESSION = 2_000;
/** Deepest accepted nesting of `map`, `filter`, `exists` and their like. */
export const MAX_COMPREHENSION_NESTING = 2;
/** Longest string that an expression may build, in UTF-16 units. */
export const MAX_BUILT_STRING = 1 << 18;
/** Elements read, appended or converted by one evaluation: about a quarter of a second at worst. */
export const MAX_STEPS = 250_000;

const TOO_MUCH_WORK = `the expression does more than ${MAX_STEPS} steps of work; move the computation into a task`;

let left = MAX_STEPS;

/** Charges work to the evaluation in progress; throws once its budget is used up. */
export function spend(steps: number): void {
  left -= steps;
  if (left < 0) throw new Error(TOO_MUCH_WORK);
}

/**
 * Runs one evaluation under a fresh budget. CEL's `||` and `exists` swallow errors, so exhaustion is looked at again
 * after the end instead of being trusted to surface.
 */
export function withBudget<T>(work: () => T): T {
  const outer = left;
  left = MAX_STEPS;
  try {
    const result = work();
    if (left < 0) throw new Error(TOO_MUCH_WORK);
    return result;
  } finally {
    left = outer;
  }
}

/** Refuses a string that would be longer than an expression may build; throws. */
export function checkBuilt(length: number): void {
  if (length > MAX_BUILT_STRING) throw new Error(`the expression builds a string of more than ${MAX_BUILT_STRING} characters`);
  spend(length >> 6);
}
