import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { until } from '../testing/until.ts';
import { Client } from './client.ts';
import { isOutage } from '../outage.ts';

test('while a server refuses, one connection asks and the others are told; later one asks again', async () => {
  let asked = 0;
  const server = createServer((socket) => {
    asked += 1;
    socket.on('error', () => {}).destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const settings = { host: '127.0.0.1', port, user: 'u', Client };
  const connect = () => {
    const client = new Client(settings);
    client.on('error', () => {});
    return client.connect().then(() => undefined, (error: unknown) => error);
  };
  expect(isOutage(await connect())).toBe(true);
  const pool = new pg.Pool({ ...settings, max: 20 });
  const told = await Promise.all(Array.from({ length: 20 }, () => pool.query('select 1').catch((error: unknown) => error)));
  expect(told.every(isOutage)).toBe(true);
  expect(asked).toBe(1);
  await until(async () => isOutage(await connect()) && asked > 1);
  expect(asked).toBe(2);
  await pool.end();
  server.close();
});
