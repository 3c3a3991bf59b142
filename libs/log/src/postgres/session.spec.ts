import { once } from 'node:events';
import { createServer, Socket, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { sessionOf } from './session.ts';

test('a server that says nothing is asked within seconds whether it is still there, and its answer is not waited for without end', async () => {
  const asked: unknown[][] = [];
  class Watched extends Socket {
    override setKeepAlive(...settings: [boolean?, number?]): this {
      asked.push(settings);
      return super.setKeepAlive(...settings);
    }
  }
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stream = new Watched();
  const client = new pg.Client({ ...sessionOf(`postgres://u:p@127.0.0.1:${(server.address() as AddressInfo).port}/d`), stream: () => stream });
  client.on('error', () => {});
  const connecting = client.connect().catch(() => 'gone');
  await once(stream, 'connect');
  expect(asked).toEqual([[true, 5_000]]);
  stream.destroy();
  expect(await connecting).toBe('gone');
  server.close();

  expect(sessionOf('x').query_timeout).toBeGreaterThan(0);
});
