import type { Socket } from 'node:net';
import type { Timers } from '@novacron/kernel';
import type { FastifyInstance } from 'fastify';

/** How long a refused sender has to see the answer before the connection is cut. */
const LINGER_MS = 1_000;

/**
 * An answer to a request whose body was not read to its end closes the connection, but not at once: with bytes unread the kernel would send a
 * reset, and that can overtake the answer (RFC 9112 section 9.6). What still comes is left unread: the sender waits, sees the answer, and goes.
 */
export function lingerAfterRefusals(fastify: FastifyInstance, timers: Timers): void {
  fastify.addHook('onSend', async (request, reply) => {
    if (request.raw.complete) return;
    void reply.header('connection', 'close');
    linger(request.raw.socket, timers);
  });
}

function linger(socket: Socket, timers: Timers): void {
  socket.destroySoon = () => {
    socket.end();
    // A listener of our own takes the socket back from the parser, which would go on reading; then nothing is read.
    socket.on('data', () => socket.pause());
    socket.pause();
    const cancel = timers.after(LINGER_MS, () => socket.destroy());
    socket.once('close', cancel);
  };
}
