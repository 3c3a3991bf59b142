import { expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import { freePort } from './free-port.ts';

it('gives no port twice: two services of one port would take the first one\'s answers for the second\'s', async () => {
  const ports: number[] = [];
  for (let n = 0; n < 1_000; n++) ports.push(await freePort());
  expect(new Set(ports).size).toBe(ports.length);
});

it('gives ports on which one can listen', async () => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  server.close();
});
