import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realPorts } from '@novacron/kernel';
import type { ExitCode } from './exit-codes.ts';
import type { Io } from './io.ts';
import { run } from './program.ts';

export interface Request {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}
export type Answer = { readonly status?: number; readonly body?: unknown; readonly text?: string; readonly then?: 'hang up' | 'stay' };

/** Plays the API: answers by "METHOD path" (without /api/v1 and query), a list of answers one after the other, the last for ever. */
export class FakeServer {
  readonly asked: Request[] = [];
  readonly answers: Record<string, Answer | Answer[]> = {};
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));
  url = '';

  async start(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** What was asked, as "METHOD path?query body". */
  get lines(): string[] {
    return this.asked.filter(({ line }) => !line.includes('/events')).map(({ line, body, headers }) => `${line}${headers['content-type'] === 'application/json' ? ` ${body.toString()}` : ''}`);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const line = `${request.method} ${request.url!.replace('/api/v1', '')}`;
    this.asked.push({ line, headers: request.headers, body: Buffer.concat(chunks) });
    const known = this.answers[line.split('?')[0]!] ?? { status: 404, body: { code: 'RouteUnknown', detail: `There is no ${line}.` } };
    const { status = 200, body, text, then } = Array.isArray(known) ? (known.length > 1 ? known.shift()! : known[0]!) : known;
    response.writeHead(status, { 'content-type': text === undefined ? 'application/json' : 'text/event-stream' });
    if (then === undefined) return void response.end(text ?? JSON.stringify(body));
    response.write(text ?? '', () => then === 'hang up' && response.destroy());
  }
}

export interface Invoked {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

export const NOW = Date.UTC(2030, 0, 1);

/** Runs the program in this process against the server, in an empty folder. */
export async function invoke(server: FakeServer | undefined, argv: readonly string[], more: Partial<Io> = {}): Promise<Invoked> {
  let out = '';
  let err = '';
  const io: Io = {
    out: (text) => void (out += text), err: (text) => void (err += text), cwd: mkdtempSync(join(tmpdir(), 'novacron-cli-')),
    env: server ? { NOVACRON_URL: server.url, NOVACRON_API_KEY: 'nvk_test', NOVACRON_WORKSPACE: 'shop' } : {},
    ports: { ...realPorts(), clock: { ...realPorts().clock, now: () => NOW } }, terminal: undefined, colour: false, onInterrupt: () => () => {}, spawn: () => Promise.resolve(0), ...more,
  };
  const code = await run(argv, io);
  return { code, out, err };
}
