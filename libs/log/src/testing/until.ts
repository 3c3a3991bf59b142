const MOST_MS = 25;

/** Waits for a state, not for a time; rejects with what was waited for when it has not come after `ms`, which is before the test's own time is over. */
export async function until(look: () => unknown, what: string = look.toString(), ms = 40_000): Promise<void> {
  const began = performance.now();
  while (!(await look())) {
    const waited = performance.now() - began;
    if (waited > ms) throw new Error(`waited ${ms / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, Math.min(MOST_MS, 1 + waited / 20)));
  }
}
