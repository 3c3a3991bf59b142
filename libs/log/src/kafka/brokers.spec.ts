import { expect, it } from '@jest/globals';
import { realPorts } from '@novacron/kernel';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Brokers } from './brokers.ts';

it('brokers that are closed are not connected to again: what failed at the end would keep the process alive', async () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const brokers = new Brokers({ brokers: [{ host: '127.0.0.1', port }], prefix: '', clientId: 'tests', connectTimeoutMs: 1_000, requestTimeoutMs: 1_000 }, realPorts());
  const asked = brokers.refresh();
  await once(server, 'connection');
  brokers.close();
  await expect(asked).rejects.toThrow('is not reached: ');
  await expect(brokers.refresh()).rejects.toThrow('the log is closed');
  expect(connections).toBe(1);
  server.close();
  await once(server, 'close');
});
