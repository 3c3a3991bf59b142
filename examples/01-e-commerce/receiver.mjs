import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';

const LIMIT = 256 * 1024;

/**
 * Stands for the teams' chat and webhook endpoints: takes `POST /<team>/<kind>` on loopback, checks the Standard Webhooks signature and keeps one
 * line per message in `example-deliveries.jsonl`. Port and secret stay in `example.json`, so that a resumed round is reached at the same address.
 */
export class Receiver {
  #file;
  #server;
  #webhook;
  #listeners = new Set();
  deliveries = [];

  constructor(folder, settings, server) {
    this.#file = join(folder, 'example-deliveries.jsonl');
    this.#server = server;
    this.#webhook = new Webhook(settings.secret);
    this.settings = settings;
    if (existsSync(this.#file)) this.deliveries = readFileSync(this.#file, 'utf8').split('\n').flatMap(readLine);
  }

  static async start(folder) {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'example.json');
    const known = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    const secret = known?.secret ?? `whsec_${randomBytes(24).toString('base64')}`;
    const server = createServer();
    server.listen(known?.port ?? Number(process.env.NOVACRON_EXAMPLE_PORT ?? 0), '127.0.0.1');
    await once(server, 'listening').catch((error) => {
      throw new Error(`the example's receiver cannot listen on port ${known?.port ?? process.env.NOVACRON_EXAMPLE_PORT} (${error.code}), where the teams' destinations point; free it, or start with --fresh`);
    });
    const settings = { port: server.address().port, secret };
    const temporary = `${file}.new`;
    writeFileSync(temporary, JSON.stringify(settings), { mode: 0o600 });
    renameSync(temporary, file);
    const receiver = new Receiver(folder, settings, server);
    server.on('request', (request, response) => void receiver.#take(request, response));
    return receiver;
  }

  address(team, kind) {
    return `http://127.0.0.1:${this.settings.port}/${team}/${kind}`;
  }

  /** Resolves with the first delivery, past or to come, that fits; rejects after `ms`. */
  async heard(fits, ms, what) {
    const already = this.deliveries.find(fits);
    if (already) return already;
    return new Promise((resolve, reject) => {
      const end = (settle, value) => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
        settle(value);
      };
      const listener = (delivery) => fits(delivery) && end(resolve, delivery);
      const timer = setTimeout(() => end(reject, new Error(`${what} did not arrive at the receiver within ${ms / 1000} s; see npx novacron destination list`)), ms);
      this.#listeners.add(listener);
    });
  }

  async close() {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #take(request, response) {
    const body = await read(request).catch(() => undefined);
    const [, team, kind] = /^\/([a-z0-9-]+)\/(slack|webhook)$/.exec(request.url) ?? [];
    if (request.method !== 'POST' || body === undefined || team === undefined) return void response.writeHead(400).end();
    const verified = kind === 'webhook' ? this.#verified(body, request.headers) : undefined;
    if (verified === false) return void response.writeHead(401).end();
    const delivery = { at: new Date().toISOString(), team, kind, id: request.headers['webhook-id'] ?? null, payload: readLine(body)[0] ?? null };
    this.deliveries.push(delivery);
    appendFileSync(this.#file, `${JSON.stringify(delivery)}\n`);
    response.writeHead(200).end('ok');
    for (const listener of [...this.#listeners]) listener(delivery);
  }

  #verified(body, headers) {
    try {
      this.#webhook.verify(body, headers);
      return true;
    } catch {
      return false;
    }
  }
}

/** The JSON of a line, none where it was cut off or is not JSON. */
function readLine(line) {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

async function read(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > LIMIT) throw new Error('too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
