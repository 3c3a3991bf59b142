import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

/**
 * Port of the example's receiver: the one it wrote down, because destinations point there, else a free one. The services must know it before
 * the example starts, since the notifier posts to no private place that it was not told of.
 */
export async function receiverPort(dataDir: string): Promise<number> {
  try {
    return (JSON.parse(readFileSync(join(dataDir, 'example.json'), 'utf8')) as { port: number }).port;
  } catch {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    return port;
  }
}
