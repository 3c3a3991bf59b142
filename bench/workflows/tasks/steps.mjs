const fibonacci = (n) => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));

export const noop = () => ({});

export const fibo = ({ params }) => ({ value: fibonacci(params.n) });

/** When the first line of user code ran: nanoseconds of the machine's monotonic clock. */
export const stamp = () => {
  const at = process.hrtime.bigint();
  return { at: String(at) };
};
