import { setTimeout as sleep } from 'node:timers/promises';
import { Api } from '../../e2e/api.mjs';
import { until } from '../../e2e/waiting.mjs';

/** Statuses that ask for patience: the same request, under the same key, may be answered in a moment. */
const AGAIN = new Set([408, 429, 502, 503, 504]);
const PAUSE_MS = 150;
/** Longer than any outage that chaos makes: who has no final answer by then gets none. */
const PATIENCE_MS = 180_000;

/**
 * A client as it should be: asks any gateway, and where one does not answer, or answers that it cannot now, asks the next with the same
 * Idempotency-Key until something final is said. An answer of 500 is final for nobody: it is kept as a fault of the gateway.
 */
export class Client extends Api {
  #gateways;
  #at = 0;
  #closed = false;
  serverErrors = [];
  repeated = 0;

  constructor(gateways, keyFile) {
    super(gateways[0], keyFile);
    this.#gateways = gateways;
    this.limit = 5_000;
  }

  async ask(method, path, request) {
    const began = performance.now();
    for (let pause = PAUSE_MS; !this.#closed; pause = Math.min(pause * 1.5, 1_000)) {
      if (performance.now() - began > PATIENCE_MS) throw new Error(`${method} ${path}: no final answer within ${PATIENCE_MS / 1000} s`);
      const answer = await super.ask(method, path, request).catch(() => undefined);
      if (answer?.status >= 500 && !AGAIN.has(answer.status)) this.serverErrors.push(`${method} ${path} was answered ${answer.status}: ${JSON.stringify(answer.body).slice(0, 300)}`);
      else if (answer && !AGAIN.has(answer.status) && answer.status !== 202) return answer;
      this.repeated += 1;
      this.url = this.#gateways[++this.#at % this.#gateways.length];
      await sleep(pause);
    }
    throw new Error('the client is closed');
  }

  /** Resolves when every gateway shows the path: what one has taken, the others hear of from the log. */
  async everywhere(path) {
    for (this.url of this.#gateways) await until(async () => (await this.ask('GET', path)).status === 200, `${path} at ${this.url}`);
  }

  close() {
    this.#closed = true;
  }
}
