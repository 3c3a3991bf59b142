import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { servicesOf } from './gateway.ts';

it('a gateway that takes the question and never answers is given up', async () => {
  const gateway = createServer().listen(0, '127.0.0.1');
  try {
    await once(gateway, 'listening');
    const patience = new AbortController();
    gateway.on('request', () => patience.abort(new Error('no answer')));
    await expect(servicesOf(`http://127.0.0.1:${(gateway.address() as AddressInfo).port}`, 'token', patience.signal)).rejects.toThrow('no answer');
  } finally {
    gateway.closeAllConnections();
    gateway.close();
  }
});
