import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Row } from '../projections/tables.ts';
import type { Edge } from './edge.ts';
import type { Caller } from './key-directory.ts';
import { heartbeat, openEventStream } from './live-stream.ts';
import { FINISHED } from './views.ts';

interface Wanted {
  readonly caller: Caller;
  readonly task: Row<'task'>;
  readonly attempt: number;
  readonly follow: boolean;
}

const LOOK_AGAIN_MS = 5_000;

/** The log of one attempt: at once, or followed until the attempt has ended. */
export async function sendLog(edge: Edge, request: FastifyRequest, reply: FastifyReply, { caller, task, attempt, follow }: Wanted): Promise<FastifyReply> {
  if (!follow) return reply.type('text/plain; charset=utf-8').send(Readable.from(stored(edge, task, attempt)));
  const response = openEventStream(reply);
  let open = true;
  const stopBeat = heartbeat(edge.ports, response, () => edge.directory.isLive(caller));
  request.raw.on('close', () => (open = false));
  try {
    await follower(edge, task, attempt, () => open, (event, text) => response.write(`event: ${event}\ndata: ${JSON.stringify(text)}\n\n`));
  } finally {
    stopBeat();
    response.end();
  }
  return reply;
}

async function* stored(edge: Edge, task: Row<'task'>, attempt: number): AsyncGenerator<Buffer> {
  for (const chunk of await chunks(edge, task, attempt)) yield* (await edge.artifacts.get(chunk.hash!)) as AsyncIterable<Buffer>;
}

const chunks = ({ rows }: Edge, { run, name }: Row<'task'>, attempt: number) => rows.all('logChunk', { run, task: name, attempt }, ['chunk']);

async function follower(edge: Edge, task: Row<'task'>, attempt: number, isOpen: () => boolean, send: (event: string, text: string) => void): Promise<void> {
  // A character may be cut in two by a chunk's end.
  const decoder = new StringDecoder('utf8');
  let sent = 0;
  while (isOpen()) {
    const changed = edge.live.next(task.run, LOOK_AGAIN_MS);
    // Asked before the chunks are read: what was stored before the end is then among them.
    const over = await ended(edge, task, attempt);
    const all = await chunks(edge, task, attempt);
    for (const chunk of all.slice(sent)) for await (const bytes of await edge.artifacts.get(chunk.hash!)) send('log', decoder.write(bytes as Buffer));
    if (over && all.length === sent) return send('end', over);
    sent = all.length;
    if (!over) await changed;
  }
}

/** The attempt's ending, once there is one. */
async function ended({ rows }: Edge, { run, name }: Row<'task'>, attempt: number): Promise<string | undefined> {
  const row = await rows.one('attempt', { run, task: name, attempt });
  if (row) return row.endedAt !== null || row.leftAt !== null ? (row.status ?? row.leftBy ?? 'ended') : undefined;
  const task = await rows.one('task', { run, name });
  return FINISHED.has(task?.status ?? '') ? task!.status! : undefined;
}
