import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connect, type AddressInfo } from 'node:net';
import { realPorts } from '@novacron/kernel';
import Fastify from 'fastify';
import { lingerAfterRefusals } from './linger.ts';

const fastify = Fastify({ forceCloseConnections: true, bodyLimit: 1024 });

beforeAll(async () => {
  lingerAfterRefusals(fastify, realPorts().timers);
  fastify.addHook('onRequest', async (request, reply) => (request.headers.authorization ? undefined : reply.code(401).send({ title: 'no' })));
  fastify.post('/', async () => ({ ok: true }));
  await fastify.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => fastify.close());

/** Announces 2 GB and sends for as long as the server takes it; answers what came back before the connection ended. */
function pour(headers = ''): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect((fastify.server.address() as AddressInfo).port, '127.0.0.1');
    let answer = '';
    const pump = () => {
      while (!socket.destroyed && socket.write(Buffer.alloc(64 * 1024)));
    };
    socket.on('connect', () => {
      socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${2 ** 31}\r\n${headers}\r\n`);
      pump();
    });
    socket.on('drain', pump).on('error', () => {}).on('close', () => resolve(answer));
    socket.on('data', (part) => {
      answer += part.toString();
      // As a client does that has its answer.
      if (answer.includes('}')) socket.destroy();
    });
  });
}

it.each([['', '401'], ['Authorization: Bearer x\r\n', '413']])('who is refused with a body under way gets the answer, whole, each time (%p)', async (headers, status) => {
  for (let i = 0; i < 60; i++) {
    const answer = await pour(headers);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.toLowerCase()).toContain('connection: close');
    expect(answer).toContain('}');
  }
});

it('an ordinary request keeps its connection', async () => {
  const answer = await fetch(`http://127.0.0.1:${(fastify.server.address() as AddressInfo).port}/`, { method: 'POST', headers: { authorization: 'x', 'content-type': 'application/json' }, body: '{}' });
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'keep-alive']);
});
