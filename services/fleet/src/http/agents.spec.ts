import { EventEmitter } from 'node:events';
import { beforeEach, expect, test } from '@jest/globals';
import { BEAT_MS, QUIET_MS, type FromFleet } from '@novacron/contracts';
import { isRefusal, type Message, type Ports } from '@novacron/kernel';
import { mintNodeCredential, Unavailable, type Secrets, type ServiceLog, type Sockets } from '@novacron/service';
import { Scenario } from '@novacron/testing';
import { definition } from '../definition.ts';
import { Agents } from './agents.ts';

const credentialKey = Buffer.alloc(32, 7);
const capacity = { cpu: 4, memory: 8000, gpus: [], declared: false };

/** The fleet's partition, decided at once; its owner can change. */
class OneLog implements ServiceLog {
  readonly partition = new Scenario(definition);
  readonly said: Message[] = [];
  epoch: number | undefined = 1;
  private listener: Parameters<ServiceLog['onConfirmed']>[0] = () => {};

  async submitTo(_partition: number, message: Message) {
    if (this.epoch === undefined) throw new Unavailable('not owned');
    const answer = this.partition.tell(message);
    if (isRefusal(answer)) return answer;
    const position = {} as never;
    this.said.push(...answer.events);
    this.listener(0, answer.events, position);
    return { events: answer.events, reply: answer.reply ?? null, position };
  }
  submit = (_key: string, message: Message) => this.submitTo(0, message);
  submitToOwner = (_partition: number, message: Message) => this.submitTo(0, message);
  partitions = 1;
  onOwned = () => () => {};
  partitionOf = () => 0;
  owned = () => new Map(this.epoch === undefined ? [] : [[0, this.epoch]]);
  onConfirmed(listener: Parameters<ServiceLog['onConfirmed']>[0]) {
    this.listener = listener;
    return () => {};
  }
}

class Socket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  readonly heard: FromFleet[] = [];
  send = (text: string) => void this.heard.push(JSON.parse(text) as FromFleet);
  close() {
    if (this.readyState !== 1) return;
    this.readyState = 3;
    this.emit('close');
  }
  terminate = () => this.close();
  say = (frame: unknown) => void this.emit('message', Buffer.from(JSON.stringify(frame)));
}

class Clock {
  private time = 0;
  private due: { at: number; call: () => void }[] = [];
  readonly ports = {
    clock: { now: () => this.time, monotonic: () => this.time },
    timers: { after: (ms: number, call: () => void) => this.set({ at: this.time + ms, call }), yield: (call: () => void) => call() },
  } as unknown as Ports;

  private set(timer: { at: number; call: () => void }) {
    this.due.push(timer);
    return () => void (this.due = this.due.filter((other) => other !== timer));
  }
  /** Runs what falls due, one step at a time, so that answers arrive in between. */
  async pass(ms: number) {
    for (const end = this.time + ms; ;) {
      const next = this.due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) return void (this.time = end);
      this.time = Math.max(this.time, next.at);
      this.due.splice(this.due.indexOf(next), 1);
      next.call();
      await settled();
    }
  }
  /** Nothing runs meanwhile, as when the process is stopped. */
  jump(ms: number) {
    this.time += ms;
  }
}
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

let log: OneLog;
let clock: Clock;
let route: Parameters<Sockets['route']>[1];
const headers = (credential: string) => ({ headers: { authorization: `Bearer ${credential}` } }) as never;
const ours = headers(mintNodeCredential(credentialKey, { id: 'c1', pool: 'default' }));

function start() {
  const sockets: Sockets = { route: (path, given) => { expect(path).toBe('/agents/fleet'); route = given; } };
  new Agents(log, sockets, { credentialKey } as Secrets, clock.ports).onModuleInit();
}
function connect(): Socket {
  const socket = new Socket();
  route.open(socket as never, ours);
  return socket;
}
async function registered(over: object = {}): Promise<Socket> {
  const socket = connect();
  socket.say({ type: 'register', node: 'n1', pool: 'default', boot: 'b1', capacity, attempts: [], ...over });
  await settled();
  return socket;
}
async function beats(socket: Socket, ms: number) {
  for (let passed = 0; passed < ms; passed += BEAT_MS) {
    await clock.pass(BEAT_MS);
    socket.say({ type: 'beat' });
  }
}
const types = () => log.said.map(({ type }) => type);

beforeEach(() => {
  log = new OneLog();
  clock = new Clock();
  start();
});

test('a connection needs a credential of this installation', () => {
  expect(route.authorize(ours)).toBe(true);
  expect(route.authorize(headers(mintNodeCredential(Buffer.alloc(32, 8), { id: 'c1', pool: 'default' })))).toBe(false);
  expect(route.authorize({ headers: {} } as never)).toBe(false);
});

test('a node that registers and beats stays; silence loses it, cuts its connection, and it comes back', async () => {
  const socket = await registered();
  expect(socket.heard).toEqual([{ type: 'registered' }]);
  await beats(socket, 60_000);
  expect(types()).toEqual(['NodeRegistered']);
  await clock.pass(QUIET_MS - 1_000);
  expect(types()).toEqual(['NodeRegistered']);
  await clock.pass(2_000);
  expect(types()).toEqual(['NodeRegistered', 'NodeLost']);
  expect(socket.readyState).toBe(3);
  await registered();
  expect(types()).toEqual(['NodeRegistered', 'NodeLost', 'NodeRegistered']);
});

test('a closed connection decides nothing before the silence is over; who is back in time was never away', async () => {
  (await registered()).close();
  await clock.pass(4_000);
  const socket = await registered();
  await beats(socket, 30_000);
  expect(types()).toEqual(['NodeRegistered']);
  socket.close();
  await clock.pass(QUIET_MS + 2_000);
  expect(types()).toEqual(['NodeRegistered', 'NodeLost']);
});

test('a new owner counts silence from its claim', async () => {
  (await registered()).close();
  await clock.pass(1_000);
  clock = new Clock();
  start();
  await clock.pass(QUIET_MS);
  expect(types()).toEqual(['NodeRegistered']);
  await clock.pass(2_000);
  expect(types()).toEqual(['NodeRegistered', 'NodeLost']);
});

test('a pause of this process is not held against the nodes', async () => {
  const socket = await registered();
  await clock.pass(5_000);
  clock.jump(60_000);
  await clock.pass(1_000);
  await beats(socket, 30_000);
  expect(types()).toEqual(['NodeRegistered']);
});

test('who loses the pool cuts its agents off and judges nobody', async () => {
  const socket = await registered();
  log.epoch = undefined;
  await clock.pass(2_000);
  expect(socket.readyState).toBe(3);
  await clock.pass(60_000);
  expect(types()).toEqual(['NodeRegistered']);
  expect((await registered()).heard).toEqual([{ type: 'refused', reason: 'another process owns pool default: connect there, or here again soon' }]);
});

test('an agent tells what it still has when it is asked, on the newest connection', async () => {
  const old = await registered();
  const socket = await registered({ boot: 'b2', attempts: ['r/a/1'] });
  expect(old.readyState).toBe(3);
  await log.submit('default', { type: 'InventoryRequested', pool: 'default', node: 'n1' });
  expect(socket.heard).toEqual([{ type: 'registered' }, { type: 'inventory' }]);
  socket.say({ type: 'register', node: 'n1', pool: 'default', boot: 'b2', capacity, attempts: ['r/a/1'] });
  await settled();
  expect(types()).toEqual(['NodeRegistered', 'NodeRegistered', 'InventoryAsked', 'NodeRegistered']);
  expect(socket.heard).toHaveLength(2);
});

test.each([
  [{ pool: 'other' }, 'the credential is for pool default, not for other'],
  [{ node: 'A/B' }, '"A/B" is no name for a node: use lower-case letters, digits, dot, dash and underscore, 64 at most'],
  [{ capacity: { ...capacity, memory: -1 } }, 'node n1: a node has no negative cores or memory (cpu 4, memory -1)'],
  [{ capacity: 'much' }, 'a frame is not a message of the agent protocol'],
])('a registration with %j is refused', async (over, reason) => {
  const socket = await registered(over);
  expect(socket.heard).toEqual([{ type: 'refused', reason }]);
  expect(socket.readyState).toBe(3);
  expect(log.said).toEqual([]);
});

test('a beat before the registration is refused', () => {
  const socket = connect();
  socket.say({ type: 'beat' });
  expect(socket.heard).toEqual([{ type: 'refused', reason: 'the first frame must be register' }]);
});
