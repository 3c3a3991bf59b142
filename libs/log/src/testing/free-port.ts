import { once } from 'node:events';
import { createServer } from 'node:net';

/** Linux gives none of these to a connection that goes out (those start at 32768): who comes back to its port finds it free. */
const LOWEST = 15_000;
const PORTS = 15_000;
const given = new Set<number>();

/** A port of the loopback on which nobody listens, and which this process has given to nobody else: whoever got one may not listen yet. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(PORTS * Math.random());
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  const free = await new Promise<boolean>((resolve) => probe.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)));
  if (!free) return false;
  probe.close();
  await once(probe, 'close');
  return true;
}
