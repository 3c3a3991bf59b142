import { once } from 'node:events';
import { createServer } from 'node:http';

/** A receiver of webhooks that a story opens and closes; `answers` false takes a message and never answers. */
export class Receiver {
  got = [];
  answers = true;
  #server;

  constructor(port, host = '127.0.0.1') {
    this.url = `http://${host}:${port}/hook`;
    Object.assign(this, { port, host });
  }

  async open() {
    this.#server = createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const { type, data } = JSON.parse(Buffer.concat(chunks).toString());
      this.got.push({ id: request.headers['webhook-id'], type, data });
      if (this.answers) response.writeHead(200).end('ok');
    }).listen(this.port, this.host);
    await once(this.#server, 'listening');
  }

  async close() {
    this.#server?.close();
    this.#server?.closeAllConnections();
    this.#server = undefined;
  }
}
