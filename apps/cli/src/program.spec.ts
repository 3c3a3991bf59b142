import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { list } from 'tar';
import { parseWorkflow } from '@novacron/workflow';
import { FakeServer, invoke, NOW } from './fake-server.fixture.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'novacron-cli-'));
const task = (name: string, status: string, more: object = {}) => ({
  name, status, parent: null, index: 0, count: null, title: null, kind: 'function', needs: [], attempt: 1, readyAt: NOW, startedAt: NOW, endedAt: null, outputs: null, failure: null, reason: null,
  waitingOn: null, waitingFor: null, retryAt: null, node: 'local', gpus: [], queueReason: null, ...more,
});
const runOf = (status: string, more: object = {}) => ({
  id: 'r1', workspace: 'shop', workflow: 'wf', version: 2, status, params: { n: 1 }, cause: { kind: 'manual', by: 'ada' }, priority: 50, createdAt: NOW - 5_000, startedAt: NOW - 4_000,
  endedAt: status === 'running' ? null : NOW, duration: status === 'running' ? null : 4_000, reason: null, failedTask: null, outputs: null, retryOf: null, counts: {}, tasks: [], ...more,
});
const started = { run: 'r1', workflow: 'wf', version: 2, status: 'running' };
const EVENTS = 'GET /shop/events';
const OPEN = 'id: b-1\nevent: open\ndata: {}\n\n';

describe('novacron', () => {
  let server: FakeServer;
  beforeEach(async () => (server = await new FakeServer().start()));
  afterEach(() => server.stop());

  describe('state and --at', () => {
    const queued = { place: 0, workspace: 'shop', workflow: 'wf', run: 'r1', task: 'train', attempt: 1, priority: 50, resources: {}, queuedAt: NOW - 60_000, reason: 'no room' };

    test('every read of a command is of the moment', async () => {
      server.answers['GET /pools/default/queue'] = { body: { waiting: 1, items: [queued] } };
      const { code, out } = await invoke(server, ['queue', '--at', '2029-12-31T23:59:30Z']);
      expect(server.lines).toEqual(['GET /pools/default/queue?at=2029-12-31T23%3A59%3A30Z']);
      expect({ code, waits: out.includes('30.0 s') }).toEqual({ code: 0, waits: true });
    });

    test('nothing is changed as of a moment', async () => {
      const { code, err } = await invoke(server, ['run', 'start', 'wf', '--at', '2029-12-31']);
      expect({ code, err }).toEqual({ code: 2, err: 'novacron: Nothing can be changed as of 2029-12-31: leave the moment out.\n  [PastIsOver] npx novacron explain PastIsOver\n' });
      expect(server.lines).toEqual([]);
    });

    test('state shows the parts that are asked for, of all workspaces', async () => {
      server.answers['GET /pools'] = { body: { items: [{ name: 'default' }] } };
      server.answers['GET /pools/default/queue'] = { body: { waiting: 1, items: [queued] } };
      server.answers['GET /workspaces'] = { body: { items: [{ name: 'system' }, { name: 'shop' }, { name: 'vision' }] } };
      server.answers['GET /shop/models'] = { body: { items: [{ name: 'vision/m', latest: '1.0.0', publishedAt: NOW }] } };
      server.answers['GET /vision/models'] = server.answers['GET /shop/models'];
      const { code, out } = await invoke(server, ['state', 'queues', 'registry', '-o', 'json', '--at', 'scheduler.1.20'], { env: { NOVACRON_URL: server.url, NOVACRON_API_KEY: 'nvk_test' } });
      expect({ code, state: JSON.parse(out) as unknown }).toEqual({ code: 0, state: { queues: [{ pool: 'default', ...queued }], registry: [{ name: 'vision/m', latest: '1.0.0', publishedAt: NOW }] } });
      expect(server.lines.every((line) => line.endsWith('at=scheduler.1.20'))).toBe(true);
    });

    test('state for people, and a part that there is not', async () => {
      server.answers['GET /quotas'] = { body: { items: [{ pool: 'default', grantee: 'shop', limit: { cpu: 4, memory: null, gpu: null }, setAt: NOW }] } };
      server.answers['GET /nodes'] = { body: { items: [] } };
      expect((await invoke(server, ['state', 'quotas', 'nodes'])).out).toBe('nodes: 0\n\nquotas: 1\nPOOL     WORKSPACE  CPU  MEMORY  GPU\ndefault  shop       4    -       -\n');
      expect((await invoke(server, ['state', 'everything'])).code).toBe(2);
    });

    test('--hash runs the program that folds the log, and hands on its exit code', async () => {
      const spawned: string[][] = [];
      const { code } = await invoke(server, ['state', '--hash', '--at', '2029-12-31', '-o', 'json', '--data', '/d'], { spawn: async (script, args) => (spawned.push([script.slice(script.indexOf('apps/')), ...args]), 1) });
      expect([code, spawned]).toEqual([1, [['apps/standalone/dist/state.js', '--hash', '--at', '2029-12-31', '--output', 'json', '--data', '/d']]]);
    });
  });

  describe('run', () => {
    test('start sends parameters of file and flags, flags first, under an idempotency key', async () => {
      const cwd = folder();
      writeFileSync(join(cwd, 'p.json'), '{"a":1,"b":2}');
      server.answers['POST /shop/workflows/wf/runs'] = { status: 201, body: started };
      const { code, out } = await invoke(server, ['run', 'start', 'wf', '--params', 'p.json', '-p', 'b=true', '-p', 'v=1.0.0', '--priority', '60', '--idempotency-key', 'k'], { cwd });
      expect({ code, out }).toEqual({ code: 0, out: 'run r1 of shop/wf version 2 is running\nfollow it with: npx novacron run watch r1 -w shop\n' });
      expect(server.lines).toEqual(['POST /shop/workflows/wf/runs {"params":{"a":1,"b":true,"v":"1.0.0"},"priority":60}']);
      expect(server.asked[0]!.headers).toMatchObject({ 'idempotency-key': 'k', authorization: 'Bearer nvk_test' });
    });

    test.each([['succeeded', 0], ['failed', 1], ['cancelled', 1], ['timed out', 124]])('--wait ends a run that %s with %i', async (status, expected) => {
      server.answers['POST /shop/workflows/wf/runs'] = { status: 201, body: started };
      server.answers[EVENTS] = { text: OPEN, then: 'stay' };
      server.answers['GET /shop/runs/r1'] = { body: runOf(status) };
      expect((await invoke(server, ['run', 'start', 'wf', '--wait'])).code).toBe(expected);
    });

    test('watch prints each change once, reads again at events, and resumes a broken stream', async () => {
      server.answers[EVENTS] = [{ text: `${OPEN}id: b-2\nevent: TaskReady\ndata: {}\n\n`, then: 'hang up' }, { text: 'id: b-3\nevent: RunSucceeded\ndata: {}\n\n', then: 'stay' }];
      const failing = task('train', 'failed', { endedAt: NOW, failure: { class: 'data', code: 'TaskThrew', message: 'no rows' } });
      server.answers['GET /shop/runs/r1'] = [
        { body: runOf('running', { tasks: [task('prepare', 'running'), task('train', 'pending')] }) }, { body: runOf('running', { tasks: [task('prepare', 'running'), task('train', 'pending')] }) },
        { body: runOf('failed', { reason: 'train: no rows', outputs: { best: 0.5 }, tasks: [task('prepare', 'succeeded', { endedAt: NOW + 250 }), failing] }) },
      ];
      const { code, out } = await invoke(server, ['run', 'watch', 'r1']);
      expect(out.split('\n')).toEqual([
        '  ▶ prepare running 0 ms', 'shop/wf r1 running 4.0 s', '  ✓ prepare succeeded 250 ms', '  ✗ train   failed 0 ms: no rows', 'shop/wf r1 failed 4.0 s: train: no rows', '', 'outputs', '  best: 0.5', '',
      ]);
      expect(code).toBe(1);
    });

    test('Ctrl-C leaves the run alone and says how to come back', async () => {
      server.answers[EVENTS] = { text: OPEN, then: 'stay' };
      server.answers['GET /shop/runs/r1'] = { body: runOf('running') };
      let interrupt = () => {};
      const onInterrupt = (callback: () => void) => ((interrupt = callback), () => {});
      const { code, err } = await invoke(server, ['run', 'watch', 'r1'], { onInterrupt, out: (text) => text.includes('running') && interrupt() });
      expect({ code, err }).toEqual({ code: 130, err: '\nRun r1 goes on. Come back with: npx novacron run watch r1 -w shop\n' });
      expect(server.lines.every((line) => line === 'GET /shop/runs/r1')).toBe(true);
    });

    test('a terminal gets a tree, redrawn in place and cut to its size', async () => {
      server.answers[EVENTS] = { text: OPEN, then: 'stay' };
      const parts = Array.from({ length: 9 }, (_, i) => task(`part[${i}]`, i < 8 ? 'succeeded' : 'running', { parent: 'part' }));
      server.answers['GET /shop/runs/r1'] = [{ body: runOf('running', { counts: { succeeded: 8, running: 2 }, tasks: [task('part', 'running'), ...parts] }) }, { body: runOf('succeeded', { tasks: [task('part', 'succeeded')] }) }];
      const { out } = await invoke(server, ['run', 'watch', 'r1'], { terminal: { columns: 34, lines: 8 } });
      expect(out).toBe([
        '\x1b[Jshop/wf r1 running 4.0 s', '  ▶ part      running 0 ms', '  ▶   part[8] running 0 ms', '  … of 10 tasks: 8 succeeded, 2 r', '\x1b[4A\x1b[Jshop/wf r1 succeeded 4.0 s', '  ✓ part succeeded 0 ms', '',
      ].join('\n'));
    });

    test('list is a table for people and the API\'s own rows for programs', async () => {
      server.answers['GET /shop/runs'] = { body: { items: [runOf('failed', { reason: 'x' })] } };
      expect((await invoke(server, ['run', 'list', '--status', 'failed'])).out).toBe('RUN  WORKFLOW  STATUS  CAUSE       CREATED    TOOK\nr1   wf        failed  manual ada  5.0 s ago  4.0 s\n');
      expect((await invoke(server, ['-o', 'wide', 'run', 'list'])).out).toContain('VERSION  PRIORITY  REASON\n');
      expect(JSON.parse((await invoke(server, ['run', 'list', '-o', 'json'])).out)).toEqual([runOf('failed', { reason: 'x' })]);
      expect((await invoke(server, ['run', 'list', '-o', 'yaml'])).out).toMatch(/^- id: r1\n {2}workspace: shop\n/);
      expect(server.lines[0]).toBe('GET /shop/runs?limit=50&status=failed');
    });

    test('cancel and retry go by the run\'s workflow', async () => {
      server.answers['GET /shop/runs/r1'] = { body: runOf('running') };
      server.answers['POST /shop/workflows/wf/runs/r1/cancel'] = { body: { run: 'r1', status: 'cancelling' } };
      server.answers['POST /shop/workflows/wf/runs/r1/retry'] = { status: 409, body: { code: 'RunNotFinished', detail: 'run r1 is running' } };
      expect((await invoke(server, ['run', 'cancel', 'r1', '--reason', 'late'])).code).toBe(0);
      expect(await invoke(server, ['retry', 'r1'])).toEqual({ code: 4, out: '', err: 'novacron: run r1 is running\n  [RunNotFinished] npx novacron explain RunNotFinished\n' });
      expect(server.lines).toEqual(['GET /shop/runs/r1', 'POST /shop/workflows/wf/runs/r1/cancel {"reason":"late"}', 'GET /shop/runs/r1', 'POST /shop/workflows/wf/runs/r1/retry']);
    });
  });

  describe('logs', () => {
    test('of one task are what it wrote, of all tasks each line with its name', async () => {
      server.answers['GET /shop/runs/r1/tasks/a/logs'] = { text: 'one\ntwo' };
      server.answers['GET /shop/runs/r1/tasks/b/logs'] = { text: 'three\n' };
      server.answers['GET /shop/runs/r1'] = { body: runOf('failed', { tasks: [task('a', 'failed', { attempt: 2 }), task('b', 'succeeded'), task('join', 'succeeded', { kind: 'none' }), task('c', 'pending', { attempt: null })] }) };
      expect((await invoke(server, ['logs', 'r1', 'a', '--attempt', '1'])).out).toBe('one\ntwo');
      expect((await invoke(server, ['run', 'logs', 'r1'])).out).toBe('a | one\na | two\nb | three\n');
      expect(server.lines).toEqual(['GET /shop/runs/r1/tasks/a/logs?attempt=1', 'GET /shop/runs/r1', 'GET /shop/runs/r1/tasks/a/logs?attempt=2', 'GET /shop/runs/r1/tasks/b/logs?attempt=1']);
    });
  });

  describe('workflow', () => {
    test('lint shows place, line and caret without a server', async () => {
      const cwd = folder();
      await invoke(undefined, ['init', '.'], { cwd });
      expect(await invoke(undefined, ['workflow', 'lint', '.'], { cwd })).toEqual({ code: 0, out: 'workflow.yaml is valid\n', err: '' });
      writeFileSync(join(cwd, 'workflow.yaml'), readFileSync(join(cwd, 'workflow.yaml'), 'utf8').replace('retry:', 'retrys:'));
      expect(await invoke(undefined, ['workflow', 'lint', '.'], { cwd })).toEqual({
        code: 2, out: '',
        err: "workflow.yaml:16:7: error: unknown field 'retrys' in a task\n  16 |       retrys: {limit: 2}\n     |       ^\n  did you mean 'retry'?\nnovacron: workflow.yaml has 1 error.\n  [WorkflowInvalid] npx novacron explain WorkflowInvalid\n",
      });
    });

    test('submit uploads the folder, applies it and starts a run', async () => {
      const cwd = folder();
      await invoke(undefined, ['init', 'hello'], { cwd });
      writeFileSync(join(cwd, 'hello', 'components.yaml'), 'components: {}\n');
      server.answers['PUT /shop/bundles'] = { body: { hash: 'abc', size: 1 } };
      server.answers['POST /shop/workflows'] = { body: { workflow: 'hello', version: 1 } };
      server.answers['POST /shop/workflows/hello/runs'] = { status: 201, body: started };
      expect((await invoke(server, ['submit', 'hello', '-p', 'who=you', '-o', 'json'], { cwd })).out).toBe(`${JSON.stringify(started, null, 2)}\n`);
      const yaml = readFileSync(join(cwd, 'hello', 'workflow.yaml'), 'utf8');
      expect(server.lines).toEqual(['PUT /shop/bundles', `POST /shop/workflows ${JSON.stringify({ yaml, bundle: 'abc', components: 'components: {}\n' })}`, 'POST /shop/workflows/hello/runs {"params":{"who":"you"}}']);
      const names: string[] = [];
      list({ onReadEntry: ({ path }) => names.push(path) }).end(server.asked[0]!.body);
      expect(names).toEqual(['components.yaml', 'tasks/', 'tasks/hello.mjs', 'workflow.yaml']);
    });

    test('the server\'s diagnostics are shown as they came', async () => {
      const cwd = folder();
      await invoke(undefined, ['init', '.'], { cwd });
      server.answers['PUT /shop/bundles'] = { body: { hash: 'abc', size: 1 } };
      server.answers['POST /shop/workflows'] = { status: 422, body: { code: 'WorkflowInvalid', detail: 'no', diagnostics: [{ severity: 'error', message: 'bad', file: 'workflow.yaml', line: 3, column: 5, path: '' }] } };
      expect((await invoke(server, ['workflow', 'apply', '.'], { cwd })).err).toBe('novacron: no\nworkflow.yaml:3:5: error: bad\n  [WorkflowInvalid] npx novacron explain WorkflowInvalid\n');
    });

    test('what init writes is a valid workflow, and is never written over', async () => {
      const cwd = folder();
      const { out } = await invoke(undefined, ['init', 'My First!'], { cwd });
      expect(out).toContain('npx novacron submit "My First!" -w demo --wait');
      const parsed = parseWorkflow({ yaml: readFileSync(join(cwd, 'My First!', 'workflow.yaml'), 'utf8') });
      expect(parsed).toMatchObject({ ok: true, warnings: [], definition: { name: 'my-first', tasks: [{ name: 'greet' }, { name: 'count', needs: ['greet'] }] } });
      expect(await invoke(undefined, ['init', 'My First!'], { cwd })).toMatchObject({ code: 4, err: expect.stringContaining('init overwrites nothing') });
    });
  });

  describe('secrets', () => {
    test('a new key stands alone on stdout', async () => {
      server.answers['POST /shop/keys'] = [{ status: 201, body: { key: 'k1', secret: 'nvk_abc' } }, { status: 201, body: { key: 'k2' } }];
      expect(await invoke(server, ['key', 'create', 'ci', '--role', 'viewer'])).toEqual({ code: 0, out: 'nvk_abc\n', err: 'The key k1 (viewer in shop) is shown this once:\n' });
      expect(await invoke(server, ['key', 'create', 'ci', '--role', 'viewer'])).toMatchObject({ code: 1, out: '', err: expect.stringContaining('npx novacron key revoke k2') });
    });
  });

  describe('models, triggers, quotas', () => {
    test('a name with a workspace goes to that workspace', async () => {
      server.answers['POST /vision/models/m/versions'] = { status: 201, body: {} };
      server.answers['POST /vision/models/m/grants'] = { status: 201, body: {} };
      await invoke(server, ['model', 'publish', 'vision/m', '1.0.0', '--metric', 'top1=0.9']);
      await invoke(server, ['model', 'grant', 'vision/m', 'shop']);
      expect(server.lines).toEqual(['POST /vision/models/m/versions {"version":"1.0.0","metrics":{"top1":0.9},"lineage":{}}', 'POST /vision/models/m/grants {"grantee":"shop"}']);
    });

    test('a trigger has one kind, with its own fields', async () => {
      server.answers['PUT /shop/workflows/wf/triggers/t'] = { body: {} };
      expect((await invoke(server, ['trigger', 'apply', 'wf/t', '--cron', '0 3 * * *', '--timezone', 'Europe/Berlin', '-p', 'n=1'])).out).toBe('trigger wf/t fires at 0 3 * * * Europe/Berlin\n');
      expect((await invoke(server, ['trigger', 'apply', 'wf/t', '--cron', '0 3 * * *', '--every', '1h'])).code).toBe(2);
      expect(server.lines).toEqual(['PUT /shop/workflows/wf/triggers/t {"kind":"cron","cron":"0 3 * * *","timezone":"Europe/Berlin","params":{"n":1}}']);
    });

    test('what a quota leaves out is unbounded', async () => {
      server.answers['PUT /pools/default/quotas/shop'] = { body: {} };
      expect((await invoke(server, ['quota', 'set', 'shop', '--cpu', '2', '--gpu', 'none'])).out).toBe('shop may hold of default: cpu 2, memory unbounded, gpu unbounded\n');
      expect(server.lines).toEqual(['PUT /pools/default/quotas/shop {"cpu":2,"memory":null,"gpu":null}']);
    });
  });

  describe('questions', () => {
    test('why and deps trace', async () => {
      server.answers['GET /shop/runs/r1/tasks/a/why'] = { body: { run: 'r1', task: 'a', status: 'queued', waitsFor: [{ kind: 'capacity', detail: '2 ahead' }] } };
      const model = { kind: 'model version', name: 'vision/m@1.1.0', workspace: 'vision', causedBy: [{ kind: 'run', name: 'r0', workspace: 'vision', causedBy: [] }] };
      const trigger = { kind: 'trigger', name: 'wf/new', workspace: 'shop', detail: { occasion: 'vision/m@1.1.0' }, causedBy: [model] };
      server.answers['GET /shop/runs/r1/trace'] = { body: { kind: 'run', name: 'r1', workspace: 'shop', detail: { workflow: 'wf', status: 'running' }, causedBy: [trigger, model] } };
      expect((await invoke(server, ['why', 'r1', 'a'])).out).toBe('a of r1 is queued and waits for\n  capacity: 2 ahead\n');
      expect((await invoke(server, ['deps', 'trace', 'r1'])).out).toBe([
        'run shop/r1 of wf (running)', '├─ trigger wf/new for vision/m@1.1.0', '│  └─ model version vision/m@1.1.0', '│     └─ run vision/r0', '└─ model version vision/m@1.1.0', '   └─ run vision/r0', '',
      ].join('\n'));
    });
  });

  describe('errors', () => {
    test.each([[404, 'RunUnknown', 3], [403, 'RoleMissing', 4], [401, 'Unauthenticated', 4], [400, 'RequestInvalid', 2], [500, 'Failed', 1]])('%i %s ends with %i', async (status, code, expected) => {
      server.answers['GET /shop/runs/r1'] = { status, body: { code, detail: 'because' } };
      expect(await invoke(server, ['run', 'get', 'r1'])).toEqual({ code: expected, out: '', err: `novacron: because\n  [${code}] npx novacron explain ${code}\n` });
      expect((await invoke(undefined, ['explain', code])).code).toBe(0);
    });

    test('a mistyped command or option is a usage error that says what was meant', async () => {
      expect(await invoke(undefined, ['workflw', 'list'])).toEqual({ code: 2, out: '', err: "error: unknown command 'workflw'\n(Did you mean workflow?)\n  [Usage] npx novacron explain Usage\n" });
      expect((await invoke(undefined, ['run', 'list', '--limt', '3'])).err).toContain('(Did you mean --limit?)');
      expect((await invoke(undefined, ['explain', 'RunUnknwn'])).err).toContain("did you mean 'RunUnknown'?");
      expect((await invoke(undefined, ['run', 'start', 'wf', '-p', 'x'])).code).toBe(2);
    });

    test('the only workspace is meant; of several one must be named', async () => {
      const env = { NOVACRON_URL: server.url, NOVACRON_API_KEY: 'nvk_test' };
      server.answers['GET /workspaces'] = [{ body: { items: [{ name: 'system' }, { name: 'shop' }] } }, { body: { items: [{ name: 'shop' }, { name: 'vision' }] } }];
      server.answers['GET /shop/triggers'] = { body: { items: [] } };
      expect(await invoke(server, ['trigger', 'list'], { env })).toEqual({ code: 0, out: '', err: 'No triggers in shop.\n' });
      expect(await invoke(server, ['trigger', 'list'], { env })).toMatchObject({ code: 2, err: expect.stringContaining('Say which workspace is meant: -w shop, -w vision.') });
    });
  });

  describe('audit', () => {
    const row = { id: 'gat0-5', at: NOW - 60_000, actor: { key: 'gat0-1', name: 'ci', ip: '10.0.0.7', auth: 'api-key' }, actorKey: 'gat0-1', operation: 'RunCancelRequested', detail: { run: 'r1', reason: 'late', params: {} }, settledAt: NOW };
    const outcome = { type: 'RunCommandRefused', status: 409, code: 'RunAlreadyFinished', detail: 'over' };

    test('list shows who asked what, from where, and what came of it', async () => {
      server.answers['GET /shop/audit'] = { body: { items: [{ ...row, outcome }, { ...row, id: 'gat0-6', outcome: null }] } };
      const { code, out } = await invoke(server, ['audit', 'list', '--actor', 'ci', '--since', '2h']);
      expect(code).toBe(0);
      expect(out.split('\n').slice(1, 3).map((line) => line.split(/ {2,}/))).toEqual([
        ['60.0 s ago', 'ci', '10.0.0.7', 'RunCancelRequested', 'run=r1 reason=late', '409 RunAlreadyFinished'], ['60.0 s ago', 'ci', '10.0.0.7', 'RunCancelRequested', 'run=r1 reason=late', 'pending'],
      ]);
      expect(server.lines).toEqual([`GET /shop/audit?actor=ci&since=${encodeURIComponent(new Date(NOW - 7_200_000).toISOString())}&limit=100`]);
      expect((await invoke(server, ['audit', 'list', '--since', 'yesterday'])).code).toBe(2);
    });

    test('heads --export appends what a file has not, and goes on where it ended', async () => {
      const cwd = folder();
      const head = (n: number) => ({ topic: 'resolver', partition: 3, n, line: JSON.stringify({ n, partition: 3, topic: 'resolver' }) });
      server.answers['GET /log/heads'] = [{ body: { publicKey: 'PEM', items: [head(1)] } }, { body: { publicKey: 'PEM', items: [head(2)] } }];
      server.answers['GET /log/heads/resolver/3'] = [{ body: { items: [head(0), head(1)] } }, { body: { items: [head(2)] } }];
      expect(await invoke(server, ['audit', 'heads', '--export', 'kept.jsonl'], { cwd })).toMatchObject({ code: 0, err: `2 signed heads appended to ${join(cwd, 'kept.jsonl')}\n` });
      await invoke(server, ['audit', 'heads', '--export', 'kept.jsonl'], { cwd });
      expect(readFileSync(join(cwd, 'kept.jsonl'), 'utf8')).toBe(`${[0, 1, 2].map((n) => head(n).line).join('\n')}\n`);
      expect(server.lines.filter((line) => line.includes('resolver'))).toEqual(['GET /log/heads/resolver/3?from=0', 'GET /log/heads/resolver/3?from=2']);
    });
  });

  describe('log', () => {
    const commit = { kind: 'commit', epoch: 2, owner: 'o', seq: 4, time: NOW, input: { topic: 'gateway', partition: 1, seq: 9 }, events: [{ type: 'RunStarted', run: 'r1', definition: {} }], effects: [] };
    const partition = (n: number) => ({ service: 'resolver', partition: n, commits: 5, epoch: 2, address: 'http://a', signed: 4 });
    const counted = (n: number) => ({ topic: 'resolver', partition: n, commits: 5, claims: 2, epoch: 2, owner: 'o', rows: 3, bytes: 3_000, events: 7, ignored: n ? { stale: 1 } : {}, firstTime: NOW, lastTime: NOW - 1_000 * n });

    test('stat sums partitions by service, and tells them apart when one service is asked for', async () => {
      server.answers['GET /log/partitions'] = { body: { items: [partition(0), partition(1)] } };
      for (const n of [0, 1]) server.answers[`GET /log/partitions/resolver/${n}`] = { body: counted(n) };
      expect((await invoke(server, ['log', 'stat'])).out.split('\n')[1]!.split(/ {2,}/)).toEqual(['resolver', '10', '4', '2', '14', '6', '1 stale', '0 ms ago', 'http://a']);
      expect((await invoke(server, ['log', 'stat', '--service', 'resolver'])).out).toContain('resolver/1');
    });

    test('dump reads page by page, and gives programs one record to a line', async () => {
      server.answers['GET /log/partitions'] = { body: { items: [partition(3)] } };
      const shown = { position: 'resolver.3.4', verdict: 'commit', hash: 'h', bytes: 90, record: commit };
      server.answers['GET /log/partitions/resolver/3/records'] = [{ body: { items: [shown], next: 5 } }, { body: { items: [{ ...shown, position: 'resolver.3.5', verdict: 'stale' }] } }];
      const { out } = await invoke(server, ['log', 'dump', '--service', 'resolver', '--partition', '3', '--from', '4']);
      expect(out).toBe(`resolver.3.4 ${new Date(NOW).toISOString()} epoch 2 ← gateway.1.9  RunStarted(run=r1)\nresolver.3.5 ${new Date(NOW).toISOString()} epoch 2 IGNORED (stale) ← gateway.1.9  RunStarted(run=r1)\n`);
      expect(server.lines.slice(-2)).toEqual(['GET /log/partitions/resolver/3/records?from=4&limit=500', 'GET /log/partitions/resolver/3/records?from=5&limit=500']);
      expect((await invoke(server, ['log', 'dump', '--service', 'resolver', '--partition', '9'])).code).toBe(3);
    });

    test('tail prints commits as they come, whatever pieces they come in', async () => {
      const line = { position: 'resolver.3.4', epoch: 2, time: NOW, cause: 'gateway.1.9', events: commit.events };
      server.answers['GET /log/commits'] = { text: `\n${JSON.stringify(line)}\n\n${JSON.stringify({ ...line, cause: null })}\n` };
      const at = new Date(NOW).toISOString();
      expect((await invoke(server, ['log', 'tail', '--run', 'r1'])).out).toBe(`${at} resolver.3.4 ← gateway.1.9  RunStarted(run=r1)\n${at} resolver.3.4 ← ?  RunStarted(run=r1)\n`);
      expect((await invoke(server, ['log', 'tail', '--run', 'r1', '-o', 'json'])).out.split('\n')[0]).toBe(JSON.stringify(line));
    });
  });

  describe('programs of the clone', () => {
    test('up hands its options on, --data too, and answers with the child\'s exit code', async () => {
      const spawned: unknown[] = [];
      const spawn = (script: string, args: readonly string[]) => (spawned.push([script.replace(/.*apps/, 'apps'), ...args]), Promise.resolve(2));
      expect((await invoke(undefined, ['up', '--no-example', '--data', '/d', '--port', '7555'], { spawn })).code).toBe(2);
      expect(spawned).toEqual([['apps/standalone/dist/supervise/main.js', '--no-example', '--port', '7555', '--data', '/d']]);
    });
  });
});
