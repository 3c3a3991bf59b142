import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { servicesOf } from './gateway.ts';

it('a gateway that takes the question and never answers is given up', async () => {
  const asked: string[] = [];
  const gateway = createServer(({ url }) => asked.push(url!)).listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  await expect(servicesOf(`http://127.0.0.1:${(gateway.address() as AddressInfo).port}`, 'token', 200)).rejects.toThrow(/timeout/);
  expect(asked).toEqual(['/api/v1/agent/services']);
  gateway.closeAllConnections();
  gateway.close();
});
