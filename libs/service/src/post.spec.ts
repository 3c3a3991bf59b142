import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { realPorts } from '@novacron/kernel';
import { posting } from './post.ts';

describe('a POST to another process', () => {
  const post = posting(realPorts().timers);
  let server: Server;
  const serve = async (answer: RequestListener): Promise<string> => {
    server = createServer(answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/place`;
  };
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('brings status and body, over one connection for all that follow each other', async () => {
    let connections = 0;
    const url = await serve(({ method, url: path, headers }, answer) => answer.writeHead(421).end(`${method} ${path} ${headers['x-said']}`));
    server.on('connection', () => connections++);
    for (let i = 0; i < 3; i++) expect(await post(url, { 'x-said': 'Ja' }, 'Grüße', 5_000)).toEqual({ status: 421, body: 'POST /place Ja' });
    expect(connections).toBe(1);
  });
  it('rejects where the answer does not come, or not to its end', async () => {
    const url = await serve((_asked, answer) => void answer.writeHead(200).write('half of it'));
    await expect(post(url, {}, '', 50)).rejects.toThrow('did not answer within 0.05 s');
  });
  it('rejects where the connection ends before the answer does', async () => {
    const url = await serve((_asked, answer) => answer.writeHead(200).write('half of it', () => answer.destroy()));
    await expect(post(url, {}, '', 5_000)).rejects.toThrow('aborted');
  });
});
