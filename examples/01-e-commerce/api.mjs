import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long the services may be away (killed, restarted) before the driver gives up. */
const PATIENCE_MS = 60_000;

/** The server answered no; `problem` is its problem+json. */
export class Refused extends Error {
  constructor(method, path, status, problem) {
    super(`${method} ${path} was answered ${status}: ${problem.detail ?? problem.title ?? 'no reason given'}`);
    this.status = status;
    this.problem = problem;
  }
}

/**
 * The HTTP API as this example uses it. Every POST carries an Idempotency-Key, so all calls may be repeated: they are, for up to a
 * minute, while the services are away and while a command is not settled (202).
 */
export async function connect({ url, keyFile }) {
  const key = (await readFile(keyFile, 'utf8')).trim();
  const call = async (method, path, { body, type = 'application/json', step } = {}) => {
    const headers = { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': type }), ...(step === undefined ? {} : { 'idempotency-key': step, prefer: 'wait=10' }) };
    const answer = await patiently(() => fetch(`${url}/api/v1${path}`, { method, headers, ...(body === undefined ? {} : { body }), signal: AbortSignal.timeout(30_000) }));
    const text = await answer.text();
    const content = parsed(text);
    if (!answer.ok) throw new Refused(method, path, answer.status, content ?? { title: text.slice(0, 200) });
    return content;
  };
  return {
    url,
    get: (path) => call('GET', path),
    /** As `get`, undefined where there is no such thing. */
    find: (path) => call('GET', path).catch((error) => (error instanceof Refused && error.status === 404 ? undefined : Promise.reject(error))),
    list: async (path) => itemsOf(await call('GET', path)),
    post: (path, step, body) => call('POST', path, { body: JSON.stringify(body), step }),
    upload: (path, bytes) => call('PUT', path, { body: bytes, type: 'application/gzip' }),
  };
}

const itemsOf = (answer) => (Array.isArray(answer) ? answer : answer.items);

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const LATER = new Set([202, 502, 503]);

/** Repeats while nobody answers, or the answer is to come later. */
async function patiently(ask) {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const outcome = await ask().then(
      (answer) => ({ answer, again: LATER.has(answer.status) }),
      (error) => ({ error, again: true }),
    );
    if (outcome.answer && !outcome.again) return outcome.answer;
    if (Date.now() > until) {
      if (outcome.answer) return outcome.answer;
      throw new Error(`the API does not answer any more: ${outcome.error.cause?.message ?? outcome.error.message}`);
    }
    await outcome.answer?.body?.cancel();
    await sleep(250);
  }
}
