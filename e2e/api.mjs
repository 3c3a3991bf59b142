import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { create } from 'tar';
import { until } from './waiting.mjs';

export const ENDED = new Set(['succeeded', 'failed', 'cancelled', 'timed out', 'skipped']);

/** The HTTP API for the stories: no patience of its own, so that an outage shows. */
export class Api {
  constructor(url, keyFile) {
    this.url = url;
    this.key = readFileSync(keyFile, 'utf8').trim();
    /** Ms until an answer is given up. */
    this.limit = 30_000;
  }

  /** Where the next request goes. */
  nextUrl() {
    return this.url;
  }

  /** Status, headers and parsed body of any answer. */
  async ask(method, path, { body, type = 'application/json', headers = {} } = {}) {
    const given = body === undefined ? {} : { 'content-type': type };
    const answer = await fetch(`${this.nextUrl()}/api/v1${path}`, { method, headers: { authorization: `Bearer ${this.key}`, ...given, ...headers }, ...(body !== undefined && { body }), signal: AbortSignal.timeout(this.limit) });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text && /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : text };
  }

  async get(path) {
    return expectOk('GET', path, await this.ask('GET', path));
  }

  async post(path, body, key = randomUUID()) {
    return expectOk('POST', path, await this.ask('POST', path, { body: JSON.stringify(body), headers: { 'idempotency-key': key, prefer: 'wait=20' } }));
  }

  async items(path) {
    return (await this.get(path)).items;
  }

  async workspace(name) {
    await this.post('/workspaces', { name });
    return name;
  }

  /** Applies a workflow; `files` are its folder's, by path. */
  async apply(workspace, yaml, files = {}) {
    const bundle = Object.keys(files).length ? (await expectOk('PUT', 'bundles', await this.ask('PUT', `/${workspace}/bundles`, { body: await packed(files), type: 'application/gzip' }))).hash : undefined;
    return this.post(`/${workspace}/workflows`, { yaml, ...(bundle && { bundle }) });
  }

  async start(workspace, workflow, params = {}, key = randomUUID()) {
    return (await this.post(`/${workspace}/workflows/${workflow}/runs`, { params }, key)).run;
  }

  /** The run once `fits`; a gateway that is away, or not there yet, is asked again. */
  async runWhen(workspace, run, fits, what) {
    let last;
    return until(async () => {
      last = await this.ask('GET', `/${workspace}/runs/${run}`).catch(() => undefined);
      return last?.status === 200 && fits(last.body) && last.body;
    }, () => `${what} of run ${run}; it is ${JSON.stringify(last?.body).slice(0, 600)}`, 90_000);
  }

  async ended(workspace, run) {
    return this.runWhen(workspace, run, ({ status }) => ENDED.has(status), 'the end');
  }
}

function expectOk(method, path, { status, body }) {
  if (status >= 400) throw new Error(`${method} ${path} was answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

async function packed(files) {
  const folder = mkdtempSync(join(tmpdir(), 'novacron-bundle-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const chunks = [];
  for await (const chunk of create({ cwd: folder, gzip: true, portable: true }, ['.'])) chunks.push(chunk);
  rmSync(folder, { recursive: true });
  return Buffer.concat(chunks);
}
