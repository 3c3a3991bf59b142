function isPrime(n) {
  for (let d = 2; d * d <= n; d += 1) if (n % d === 0) return false;
  return n > 1;
}

/** Params: `shard`, `shards`, `to`. The first attempt of shard 0 fails on purpose, to show a retry. */
export async function count({ params, attempt, progress, signal }) {
  const { shard, shards, to } = params;
  if (shard === 0 && attempt === 1) throw Object.assign(new Error('the network was away for a moment (on purpose)'), { class: 'transient' });
  let primes = 0;
  for (let n = shard; n <= to; n += shards) if (isPrime(n)) primes += 1;
  progress(1);
  signal.throwIfAborted();
  return { primes };
}

/** Inputs: `counts`, one number per instance, in order. */
export async function gather({ inputs }) {
  return { primes: inputs.counts.reduce((sum, primes) => sum + primes, 0) };
}

export async function celebrate({ inputs, log }) {
  log(`${inputs.primes} primes`);
  return {};
}
