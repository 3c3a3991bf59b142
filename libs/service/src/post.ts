import * as http from 'node:http';
import * as https from 'node:https';
import { text } from 'node:stream/consumers';
import type { Timers } from '@novacron/kernel';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** `ms`: how long the whole answer may take. */
export type Post = (url: string, headers: Readonly<Record<string, string>>, body: string, ms: number) => Promise<Answer>;

/** POSTs over connections that are kept between requests, without the streams and signals that `fetch` makes for each. Rejects where no whole answer came. */
export function posting(timers: Timers): Post {
  const agents = { 'http:': new http.Agent({ keepAlive: true }), 'https:': new https.Agent({ keepAlive: true }) };
  return (url, headers, body, ms) => {
    const place = new URL(url);
    const protocol = place.protocol === 'https:' ? 'https:' : 'http:';
    const { request } = protocol === 'https:' ? https : http;
    return new Promise<Answer>((resolve, reject) => {
      const out = request(place, { method: 'POST', agent: agents[protocol], headers: { ...headers, 'content-length': Buffer.byteLength(body) } });
      const cancel = timers.after(ms, () => out.destroy(new Error(`${place.origin} did not answer within ${ms / 1_000} s`)));
      out.on('error', reject).on('close', cancel);
      out.on('response', (response) => void text(response).then((said) => resolve({ status: response.statusCode!, body: said }), reject));
      out.end(body);
    });
  };
}
