import http from 'node:http';

/** Requests to the gateway over kept connections; answers the parsed body, throws what is not 2xx. */
export class Api {
  #agent = new http.Agent({ keepAlive: true, noDelay: true });
  #url;
  #key;

  constructor(url, key) {
    this.#url = url;
    this.#key = key;
  }

  get(path) {
    return this.#request('GET', path);
  }

  post(path, body, sent) {
    return this.#request('POST', path, JSON.stringify(body), 'application/json', sent);
  }

  put(path, bytes, type) {
    return this.#request('PUT', path, bytes, type);
  }

  /** Opens the event stream of a workspace; resolves when the server has accepted it. */
  events(workspace, types, take) {
    return new Promise((resolve, reject) => {
      const request = http.get(this.#to(`/${workspace}/events?types=${types.join(',')}`), { headers: this.#headers() }, (response) => {
        if (response.statusCode !== 200) return reject(new Error(`the event stream answers ${response.statusCode}`));
        response.setEncoding('utf8').on('data', splitEvents((event) => (event.type === 'open' ? resolve(() => request.destroy()) : take(event)))).on('error', () => {});
      });
      request.on('error', reject);
    });
  }

  close() {
    this.#agent.destroy();
  }

  /** `sent` is called as the request leaves. */
  #request(method, path, body, type, sent = () => {}) {
    return new Promise((resolve, reject) => {
      // As long as a gateway may: with many processes on few cores an answer can take longer than it waits by itself.
      const headers = { ...this.#headers(), prefer: 'wait=60', ...(body && { 'content-type': type, 'content-length': Buffer.byteLength(body) }) };
      const request = http.request(this.#to(path), { method, agent: this.#agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part) => (text += part)).on('error', reject).on('end', () => {
          if (response.statusCode >= 300) return reject(new Error(`${method} ${path} answers ${response.statusCode}: ${text.slice(0, 500)}`));
          resolve(JSON.parse(text));
        });
      });
      request.on('error', reject);
      sent();
      request.end(body);
    });
  }

  #to(path) {
    return `${this.#url}/api/v1${path}`;
  }

  #headers() {
    return { authorization: `Bearer ${this.#key}` };
  }
}

/** Server-sent events (WHATWG HTML, section 9.2) out of chunks of text. */
function splitEvents(take) {
  let rest = '';
  return (chunk) => {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
      if (fields.event) take({ type: fields.event, ...JSON.parse(fields.data) });
    }
  };
}
