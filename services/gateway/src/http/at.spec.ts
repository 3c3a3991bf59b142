import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mintNodeCredential } from '@novacron/service';
import { fakeGateway, type FakeGateway } from '../testing/fakes.ts';
import { Past, type Question } from '../past/past.ts';
import { openApi } from './openapi.ts';
import { PREFIX, type Route } from './route.ts';
import { routes } from './routes.ts';

const AT = 'resolver.3.17';
let gateway: FakeGateway;
let asked: Question[] = [];
/** A row that fits every table that is asked for: the routes go on to what they read next. */
const row = { id: 'x', name: 'x', workspace: 'shop', workflow: 'x', run: 'x', task: 'x', version: 1, model: 'shop/x', source: 'a'.repeat(64), grantee: 'shop', status: 'running', attempt: 1, pool: 'x', needs: [] };
const answers = { one: JSON.stringify(row), all: '[]', page: '{"items":[]}', counts: '{}', command: '{"outcome":null}' };

beforeAll(async () => {
  const past = new Past((heard) => ({ send: (question) => { asked.push(question); heard({ n: question.n, text: answers[question.call.read] }); }, end: () => {} }), { timers: { after: () => () => {} } } as never);
  const never = () => { throw new Error('the present was asked'); };
  gateway = await fakeGateway({ past, rows: { one: never, all: never, page: never, counts: never }, artifacts: { put: never, has: never, get: async () => (await import('node:stream')).Readable.from([Buffer.alloc(0)]) } });
});
afterAll(() => gateway.close());

const gets = routes.filter(({ method }) => method === 'GET');
const nameOf = (route: Route) => `${route.method} ${route.path}`;

async function ask(route: Route, query: string) {
  asked = [];
  const key = route.role === 'node' ? mintNodeCredential(gateway.edge.secrets.credentialKey, { id: 'n', pool: 'default' }) : gateway.key('system', 'admin');
  const answer = await gateway.ask({ method: route.method, url: `${PREFIX}${route.path.replace('{ws}', 'shop').replace(/\{\w+\}/g, 'x')}?${query}`, headers: { authorization: `Bearer ${key}` } });
  return { status: answer.statusCode, body: answer.body, asked };
}

describe('the past of every route', () => {
  test.each(gets.filter(({ onlyNow }) => onlyNow === undefined).map((route) => [nameOf(route), route] as const))('%s reads the rows of the moment, and none of now', async (_, route) => {
    const { status, body, asked: questions } = await ask(route, `at=${AT}`);
    expect([status, body]).toEqual([200, expect.anything()]);
    expect(questions.length).toBeGreaterThan(0);
    for (const { at } of questions) expect(at).toEqual({ positions: [{ topic: 'resolver', partition: 3, seq: 17 }] });
  });

  test.each(gets.filter(({ onlyNow }) => onlyNow !== undefined).map((route) => [nameOf(route), route] as const))('%s has none, and says why', async (_, route) => {
    const { status, body, asked: questions } = await ask(route, `at=${AT}`);
    expect([status, JSON.parse(body), questions]).toEqual([400, expect.objectContaining({ code: 'OnlyNow', detail: `This route takes no \`at\`: ${route.onlyNow}` }), []]);
  });

  test('only what is not of the log, and the log itself, has none', () => expect(gets.filter(({ onlyNow, path }) => onlyNow && !path.startsWith('/log/')).map(({ operation }) => operation)).toEqual(['getAgentServices', 'streamEvents']));

  test('a log of then is not followed', async () => {
    const route = routes.find(({ operation }) => operation === 'getTaskLog')!;
    expect(JSON.parse((await ask(route, `at=${AT}&follow=true`)).body)).toMatchObject({ status: 400, code: 'OnlyNow' });
  });

  test('what changes something takes no moment', async () => {
    for (const route of routes.filter(({ method }) => method !== 'GET')) {
      expect([nameOf(route), JSON.parse((await ask(route, `at=${AT}`)).body)]).toEqual([nameOf(route), expect.objectContaining({ status: 400, code: 'RequestInvalid' })]);
    }
  });

  test.each([['yesterday', /^at must be a position/], ['2026-03-01T10:00', /a time with its zone/], ['2099-01-01', /lies in the future/]])('at=%s is refused', async (at, sentence) => {
    const problem = JSON.parse((await ask(gets[0]!, `at=${at}`)).body) as { code: string; detail: string };
    expect(problem).toMatchObject({ status: 400, code: 'MomentInvalid', detail: expect.stringMatching(sentence) });
  });

  test('the rights are those of now', async () => {
    const key = gateway.key('vision', 'admin');
    const answer = await gateway.ask({ url: `${PREFIX}/shop/runs?at=${AT}`, headers: { authorization: `Bearer ${key}` } });
    expect([answer.statusCode, JSON.parse(answer.body)]).toEqual([404, expect.objectContaining({ code: 'WorkspaceUnknown' })]);
  });

  test('OpenAPI says which routes take it', () => {
    const { paths } = openApi(routes) as { paths: Record<string, Record<string, { parameters: { name: string }[] }>> };
    for (const route of routes) {
      const takes = paths[PREFIX + route.path]![route.method.toLowerCase()]!.parameters.some(({ name }) => name === 'at');
      expect([nameOf(route), takes]).toEqual([nameOf(route), route.method === 'GET' && route.onlyNow === undefined]);
    }
  });
});
