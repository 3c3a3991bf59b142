import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { tally } from './report.mjs';

const DRIVE = fileURLToPath(new URL('drive.mjs', import.meta.url));
const at = new Date(0).toISOString();
const done = { status: 'succeeded', startedAt: at, endedAt: at, tasks: [{ name: 'prepare', status: 'succeeded', attempt: 1, startedAt: at, endedAt: at }] };
const films = { rows: 3, kept: 2, noGenre: 1 };
const shopOutputs = (classifier) => ({ classifier, shelfCodeAccuracy: 0.5, hitRate: 0.5, ndcg: 0.2, popularity: { ndcg: 0.1 }, lift: 1, films });

/** The server as the driver sees it: what was posted under which key, and runs that end at once. Triggers and notifications are played. */
class PlayedServer {
  workspaces = [];
  runs = new Map();
  answered = new Map();
  started = [];
  destinations = [];
  badly = undefined;
  applied = [];

  async listen() {
    this.dir = await mkdtemp(join(tmpdir(), 'novacron-drive-'));
    await writeFile(join(this.dir, 'admin.key'), 'the-key\n');
    this.server = createServer((request, response) => void this.#answer(request, response));
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  async drive() {
    const env = { ...process.env, NOVACRON_URL: this.url, NOVACRON_DATA: this.dir, NOVACRON_API_KEY_FILE: join(this.dir, 'admin.key'), NODE_OPTIONS: '' };
    this.child = spawn(process.execPath, [DRIVE], { env });
    let text = '';
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on('data', (chunk) => (text += chunk));
    const [code, signal] = await once(this.child, 'close');
    return { code, signal, text };
  }

  close() {
    this.child?.kill('SIGKILL');
    this.server.close();
    this.server.closeAllConnections();
  }

  async #answer(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const path = request.url.replace('/api/v1/', '').split('?')[0].split('/');
    const key = request.headers['idempotency-key'];
    const deciding = this.answered.get(key) ?? this.#decide(request.method, path, Buffer.concat(chunks));
    if (key) this.answered.set(key, deciding);
    const { http = 200, ...body } = await deciding;
    response.writeHead(http, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  async #decide(method, [workspace, what, name, more], body) {
    if (method === 'PUT') return { hash: 'f'.repeat(64) };
    if (workspace === 'workspaces') return method === 'GET' ? { items: this.workspaces } : (this.workspaces.push(JSON.parse(body)), { http: 201 });
    if (what === 'models' && method === 'GET') return { grants: [] };
    if (what === 'destinations' && method === 'GET') return { items: this.destinations.filter(({ team }) => team === workspace) };
    if (method === 'GET' && name) return this.runs.get(name);
    if (method === 'GET') {
      this.#files(workspace, await readdir(join(this.dir, 'inbox', workspace)).catch(() => []));
      return { items: [...this.runs.values()].filter((run) => run.workspace === workspace) };
    }
    if (what === 'destinations') this.destinations.push({ team: workspace, ...JSON.parse(body) });
    if (what === 'workflows' && name === undefined) this.applied.push(JSON.parse(body));
    if (more === 'runs') return { http: 201, run: (await this.#start(workspace, name, JSON.parse(body).params)).id };
    return { http: 201 };
  }

  async #start(workspace, workflow, params) {
    const step = params.version ?? 'first';
    this.started.push(`${workspace} ${step}`);
    if (this.badly === step) return this.#add(workspace, workflow, { kind: 'manual' }, {}, { status: 'failed', tasks: [{ name: 'train', status: 'failed', attempt: 1, failure: { message: 'no memory' } }] });
    const shop = workspace.replace('vision', 'shop');
    const outputs = workspace === shop ? shopOutputs('1.0.0') : { version: params.version, images: params.images, accuracy: 0.9, heldOut: 2000 };
    const run = this.#add(workspace, workflow, { kind: 'manual' }, outputs, { params });
    if (step === '1.1.0') this.#add(shop, 'e-commerce-recommendations', { kind: 'model', occasion: '1.1.0' }, shopOutputs('1.1.0'));
    for (const team of step === '2.0.0' ? [workspace, shop] : [workspace]) void this.#tell(team, step === '2.0.0' && team === shop ? 'model.conflict 2.0.0' : `run of ${step}`);
    return run;
  }

  #files(workspace, names) {
    const fired = names.filter((name) => /^reviews.*\.jsonl$/.test(name) && ![...this.runs.values()].some((run) => run.workspace === workspace && run.cause.kind === 'file'));
    for (const occasion of fired) this.#add(workspace, 'e-commerce-recommendations', { kind: 'file', occasion }, shopOutputs('1.1.0'));
  }

  #add(workspace, workflow, cause, outputs, other = {}) {
    const run = { id: `r${this.runs.size}`, workspace, workflow, cause, outputs, ...done, ...other };
    this.runs.set(run.id, run);
    return run;
  }

  async #tell(team, text) {
    for (const { kind, url, secret } of this.destinations.filter((destination) => destination.team === team)) {
      const body = JSON.stringify({ text });
      const id = `${team}-${kind}-${this.runs.size}`;
      const now = new Date();
      const signed = secret ? { 'webhook-timestamp': String(Math.floor(now / 1000)), 'webhook-signature': new Webhook(secret).sign(id, now, body) } : {};
      const post = () => fetch(url, { method: 'POST', body, headers: { 'webhook-id': id, ...signed } }).catch(() => undefined);
      // Tried again until the receiver is there, as the notifier does.
      while (this.server.listening && !(await post())?.ok) await sleep(20);
    }
  }
}

describe('the driver of the main example', () => {
  let server;
  beforeEach(async () => (server = await new PlayedServer().listen()));
  afterEach(() => server.close());

  it('plays the whole story and reports what was measured', async () => {
    const { code, text } = await server.drive();
    expect({ code, text }).toMatchObject({ code: 0, text: expect.stringContaining('Runs of shop that a version fired: 1.1.0 1, 2.0.0 0') });
    expect(server.started).toEqual(['vision 1.0.0', 'shop first', 'vision 1.1.0', 'vision 2.0.0']);
    expect(text).toContain('MADE users and reviews');
    expect((await readFile(join(server.dir, 'inbox', 'shop', 'reviews-later.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(500);
  }, 30_000);

  it('starts the next round after a finished one, with fresh workspaces in the workflows as well', async () => {
    await server.drive();
    const { code } = await server.drive();
    expect(code).toBe(0);
    expect(server.workspaces.map(({ name }) => name)).toEqual(['vision', 'shop', 'vision-2', 'shop-2']);
    expect(server.applied.map(({ yaml }) => [...new Set(yaml.match(/vision(-\d)?\/product-classifier/g))])).toEqual([
      ['vision/product-classifier'], ['vision/product-classifier'], ['vision-2/product-classifier'], ['vision-2/product-classifier'],
    ]);
  }, 30_000);

  it('goes on with an unfinished round and repeats nothing', async () => {
    const killed = server.drive();
    while (server.started.length < 2) await sleep(5);
    server.child.kill('SIGKILL');
    expect((await killed).signal).toBe('SIGKILL');
    const { code, text } = await server.drive();
    expect({ code, text }).toMatchObject({ code: 0, text: expect.stringContaining('Round 1 of the example is unfinished; going on with it.') });
    expect(server.started).toEqual(['vision 1.0.0', 'shop first', 'vision 1.1.0', 'vision 2.0.0']);
  }, 30_000);

  it('ends with the reason when a run failed, and takes a fresh round the next time', async () => {
    server.badly = '1.1.0';
    const { code, text } = await server.drive();
    expect(code).toBe(1);
    expect(text).toContain('The example did not finish: run r2 of vision/product-classifier failed: task train: no memory');
    server.badly = undefined;
    expect((await server.drive()).code).toBe(0);
    expect(server.started.at(-1)).toBe('vision-2 2.0.0');
  }, 30_000);
});

it('counts a message that comes again under its id as repeated', () => {
  const told = (id) => ({ team: 'shop', kind: 'webhook', id });
  expect(tally([told('a'), told('b'), told('a')])).toMatchObject([{ messages: 2, again: 1 }]);
});
