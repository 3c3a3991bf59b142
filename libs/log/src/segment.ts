import { deflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib';
import { promisify } from 'node:util';

const deflateAside = promisify(deflateRaw);
/** A body that starts with this byte is deflated; a record starts with `{`. */
const DEFLATED = 0;
const WORTH_IT = 512;
/** Up to this, a small window is as good, and its memory is made in half the time. */
const SMALL = 4 * 1024;
/** Above this, deflating moves to the thread pool: the loop goes on deciding. */
const ASIDE = 16 * 1024;

/** Bytes of a segment: newline-separated records, deflated (level 1) over 512 bytes. */
export function packSegment(records: readonly string[]): Buffer | Promise<Buffer> {
  const text = Buffer.from(records.join('\n'));
  if (text.length <= WORTH_IT) return text;
  if (text.length <= SMALL) return marked(deflateRawSync(text, { level: 1, windowBits: 12, memLevel: 4 }));
  if (text.length <= ASIDE) return marked(deflateRawSync(text, { level: 1 }));
  return deflateAside(text, { level: 1 }).then(marked);
}

export function unpackSegment(body: Buffer): string[] {
  const text = body[0] === DEFLATED ? inflateRawSync(body.subarray(1)) : body;
  return text.toString('utf8').split('\n');
}

function marked(deflated: Buffer): Buffer {
  return Buffer.concat([Buffer.of(DEFLATED), deflated]);
}
