import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { begunSince, ends } from '../landed.mjs';
import { expect, task } from './world.mjs';

const TWO_GB = 2 * 1024 ** 3;
const MOST_GROWTH = 8 * 1024 ** 2;
const VALID = ['apiVersion: novacron.io/v1', 'kind: Workflow', 'metadata: { name: good }', 'spec:', '  tasks:'];

const rssOf = (pid) => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;

/** A POST that pours a body of `bytes` out as it is taken; resolves to what the server answered before the connection ended. */
function pour(url, path, headers, bytes) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const chunk = Buffer.alloc(65_536, 'x');
    let answer = '';
    let sent = 0;
    const chunked = !('content-length' in headers);
    // One piece a turn, so that an answer is seen before the next piece, as every patient client does.
    const write = () => {
      if (answer || sent >= bytes || !socket.writable) return;
      sent += chunk.length;
      const room = socket.write(chunked ? Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]) : chunk);
      if (room) setImmediate(write);
      else socket.once('drain', () => setImmediate(write));
    };
    socket.setTimeout(60_000, () => socket.destroy(new Error('no end within 60 s')));
    socket.on('connect', () => {
      socket.write(`POST ${path} HTTP/1.1\r\nhost: ${hostname}\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
      write();
    });
    socket.on('data', (data) => (answer += data));
    socket.on('error', (error) => (/EPIPE|ECONNRESET/.test(error.code) ? undefined : reject(error)));
    socket.on('close', () => resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]), answer: answer.toLowerCase(), sent }));
  });
}

/** A hang-up with bytes unread resets the connection, which may overtake the answer on its way: then it is asked once more. */
async function answerTo(...request) {
  for (let tries = 1; ; tries += 1) {
    const outcome = await pour(...request);
    if (outcome.answer || tries === 20) return outcome;
  }
}

export const malformed = {
  async 'malformed, unknown, unauthenticated and oversized requests: clear 4xx, nothing in the log, no memory'(world) {
    const { api, system } = world;
    const scene = await world.scene('strict');
    await scene.apply('good', ['tasks:', `  ${task('only', 'quick')}`]);
    const json = (body) => ({ body: JSON.stringify(body) });
    const yamlOf = (...lines) => json({ yaml: [...VALID, ...lines].join('\n') });
    const refused = async (status, says, method, path, options) => {
      const answer = await api.ask(method, path, options);
      const told = JSON.stringify(answer.body);
      expect(answer.status === status && says.test(told), `${method} ${path}: ${answer.status} ${told}, expected ${status} ${says}`);
      expect(/problem\+json/.test(answer.headers.get('content-type')), `${method} ${path}: no problem+json`);
    };
    const before = await ends(system);

    await refused(422, /"line"|:\d+:\d+/, 'POST', '/strict/workflows', json({ yaml: 'workflow:\n  name: [x\n tasks: {' }));
    await refused(422, /did you mean|retrys/, 'POST', '/strict/workflows', yamlOf('    - { name: a, run: ["true"], retrys: 3 }'));
    await refused(422, /wait for each other/, 'POST', '/strict/workflows', yamlOf('    - { name: a, run: ["true"], needs: [b] }', '    - { name: b, run: ["true"], needs: [a] }'));
    await refused(400, /line 1, column/, 'POST', '/strict/workflows/good/runs', { body: '{"params": {' });
    await refused(400, /parms/, 'POST', '/strict/workflows/good/runs', json({ parms: {} }));
    await refused(404, /nowhere/, 'POST', '/nowhere/workflows/good/runs', json({}));
    await refused(415, /application\/json/, 'POST', '/strict/workflows/good/runs', { body: '<x/>', type: 'text/xml' });
    await refused(413, /bytes/, 'POST', '/strict/workflows', { body: 'x'.repeat(3 * 1024 * 1024) }).catch((error) => {
      if (!/fetch failed|EPIPE|ECONNRESET/.test(`${error.message} ${error.cause?.code}`)) throw error; // the server hangs up while the body is still sent
    });
    for (const authorization of ['', 'Bearer nvk_wrong', 'Bearer x', 'Basic eDp5', `Bearer ${api.key}x`]) {
      await refused(401, /API key/, 'POST', '/strict/workflows/good/runs', { ...json({}), headers: { authorization } });
    }
    const pid = system.child('gateway').pid;
    const place = '/api/v1/strict/workflows';
    const known = { authorization: `Bearer ${api.key}`, 'content-type': 'application/json' };
    const pours = [
      ['of 2 GB', 413, { ...known, 'content-length': TWO_GB }],
      ['of 2 GB in chunks', 413, { ...known, 'transfer-encoding': 'chunked' }],
      ['of 2 GB by a stranger', 401, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }],
      ['of 2 GB by a stranger, announced', 413, { 'content-type': 'application/json', 'content-length': TWO_GB }],
    ];
    for (const [, , headers] of pours) await pour(system.urlOf('gateway'), place, headers, TWO_GB); // what is loaded and compiled once does not count
    const rss = rssOf(pid);
    for (const [what, status, headers] of pours) {
      const { status: answered, answer, sent } = await answerTo(system.urlOf('gateway'), place, headers, TWO_GB);
      expect(answered === status, `a body ${what} was answered ${answered}: ${answer.slice(0, 300)}`);
      expect(/connection: close/.test(answer) && /problem\+json/.test(answer), `a body ${what}: ${answer.slice(0, 300)}`);
      expect(sent < 64 * 1024 ** 2, `a body ${what} was taken for ${sent} bytes`);
    }
    const grown = rssOf(pid) - rss;
    expect(grown < MOST_GROWTH, `the gateway grew by ${grown} bytes`);
    const begun = () => begunSince(system, before, ['strict', 'nowhere']);
    const written = await begun();
    // The unknown workspace was asked for by a known caller: that is for its audit trail alone.
    const isTrail = ({ place, types }) => place.startsWith('gateway/') && `${types}` === 'CommandTaken,CommandRefused';
    expect(written.length === 1 && isTrail(written[0]), `written: ${JSON.stringify(written)}`);
    // That look would have found a request that was let in.
    await scene.ended(await scene.start('good'));
    const allowed = new Set((await begun()).filter((one) => !isTrail(one)).map(({ place }) => place.split('/')[0]));
    expect(['gateway', 'resolver', 'executor'].every((service) => allowed.has(service)), `a run that was let in is seen only in ${[...allowed]}`);
  },
};
