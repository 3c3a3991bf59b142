import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { realPorts, sha256, type Message } from '@novacron/kernel';
import { NotOwned, Overloaded } from '@novacron/log';
import Fastify, { type FastifyInstance } from 'fastify';
import { Unavailable } from './api.ts';
import { mintForward } from './credentials.ts';
import { FORWARD_PATH, forwarding, forwardRoute } from './forwarding.ts';
import { posting, type Post } from './post.ts';

const credentialKey = Buffer.alloc(32, 3);
const ports = realPorts();
const post = posting(ports.timers);
const PLACE = ['front', 2] as const;

/** A process that owns one partition, or not. */
class Owner {
  owns = true;
  overloaded = false;
  readonly got: Message[] = [];
  readonly owned = (service: string) => new Map(this.owns && service === 'front' ? [[2, undefined as never]] : []);
  readonly submit = async (_service: string, _partition: number, message: Message) => {
    if (this.overloaded) throw new Overloaded('the log does not keep up');
    if (!this.owns) throw new NotOwned('front/2');
    this.got.push(message);
    return { events: [message], reply: null, position: { topic: 'front', partition: 2, seq: this.got.length } };
  };
}

describe('a direct input reaches the owner', () => {
  let owner: Owner;
  let server: FastifyInstance;
  let address: string;
  beforeEach(async () => {
    owner = new Owner();
    server = Fastify();
    forwardRoute(server, owner, { credentialKey }, ports);
    address = await server.listen({ port: 0 });
  });
  afterEach(() => server.close());
  const other = new Owner();
  other.owns = false;
  const via = (over: Partial<Parameters<typeof forwarding>[0]> = {}) =>
    forwarding({ host: other, owners: { at: async () => address }, credentialKey, ports, post, self: () => 'http://me', ...over });

  it('of another process, and its answer comes back', async () => {
    expect(await via()(...PLACE, { type: 'Ask', text: 'Grüße' })).toEqual({ events: [{ type: 'Ask', text: 'Grüße' }], reply: null, position: { topic: 'front', partition: 2, seq: 1 } });
  });
  it('of this process, without a way over the network', async () => {
    const never = () => Promise.reject(new Error('not over the network'));
    await via({ host: owner, post: never })(...PLACE, { type: 'Ask' });
    expect(owner.got).toHaveLength(1);
  });
  it('again when the answer was lost with its connection', async () => {
    let lost = 0;
    const losing: Post = async (...asked) => {
      const answer = await post(...asked);
      if (lost++ === 0) throw new Error('connection reset');
      return answer;
    };
    await via({ post: losing })(...PLACE, { type: 'Ask' });
    expect(owner.got).toEqual([{ type: 'Ask' }, { type: 'Ask' }]);
  });
  it('after a take-over: who is no owner any more is left, and the newest claim asked again', async () => {
    const late = new Owner();
    late.owns = false;
    let looks = 0;
    const answer = via({ host: late, owners: { at: async () => (looks++ === 0 ? 'http://127.0.0.1:1' : address) } });
    owner.owns = false;
    const asking = answer(...PLACE, { type: 'Ask' });
    while (looks < 3) await new Promise((resolve) => setTimeout(resolve));
    late.owns = true;
    await asking;
    expect([owner.got.length, late.got.length]).toEqual([0, 1]);
  });
  it('is told at once that the owner cannot take more', async () => {
    owner.overloaded = true;
    await expect(via()(...PLACE, { type: 'Ask' })).rejects.toThrow(Unavailable);
    await expect(via({ host: owner })(...PLACE, { type: 'Ask' })).rejects.toThrow(Unavailable);
  });
  it('gives up where nobody owns the partition for long', async () => {
    let now = 0;
    const hasty = { ...ports, clock: { now: () => now, monotonic: () => now }, timers: { ...ports.timers, after: (ms: number, call: () => void) => ports.timers.after(0, () => void (now += ms, call())) } };
    await expect(via({ ports: hasty, owners: { at: async () => undefined } })(...PLACE, { type: 'Ask' })).rejects.toThrow('front/2 cannot be reached: no process owns it');
  });

  const text = '{"type":"Ask"}';
  const asking = (credential: string, body = text, place = 'front/2') => fetch(`${address}${FORWARD_PATH}/${place}`, {
    method: 'POST', body, headers: { 'content-type': 'application/vnd.novacron.submit', authorization: `Bearer ${credential}` },
  }).then(({ status }) => status);
  const good = { service: 'front', partition: 2, digest: sha256(text), expires: ports.clock.now() + 10_000 };
  it('only with a credential for that service, partition and body, which has not expired', async () => {
    expect(await asking(mintForward(credentialKey, good))).toBe(200);
    const refused = [
      mintForward(Buffer.alloc(32, 4), good), mintForward(credentialKey, { ...good, service: 'back' }), mintForward(credentialKey, { ...good, partition: 3 }),
      mintForward(credentialKey, { ...good, expires: ports.clock.now() - 1 }), mintForward(credentialKey, { ...good, digest: sha256('{}') }), 'x',
    ];
    for (const credential of refused) expect(await asking(credential)).toBe(401);
    expect(await asking(mintForward(credentialKey, good), '{"type":"Tell"}')).toBe(401);
    expect(await asking(mintForward(credentialKey, good), text, 'front/3')).toBe(401);
    expect(owner.got).toHaveLength(1);
  });

  it('turns a stranger away before the body is read', async () => {
    const asking = request(`${address}${FORWARD_PATH}/front/2`, { method: 'POST', headers: { 'content-type': 'application/vnd.novacron.submit', 'content-length': 1_000_000, authorization: 'Bearer nvf_e30.AAAA' } });
    asking.on('error', () => {}); // what was not sent is not awaited
    asking.write('never to its end');
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(401);
    asking.destroy();
  });
});
