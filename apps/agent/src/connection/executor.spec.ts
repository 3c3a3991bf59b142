import { describe, expect, it } from '@jest/globals';
import { BEAT_MS } from '@novacron/contracts';
import { VirtualPorts } from '@novacron/testing';
import type { Attempts } from '../attempts/attempts.ts';
import { ExecutorConnection } from './executor.ts';

/** The end of a socket that remembers what was sent. */
class Socket {
  readonly readyState = 1;
  readonly frames: { readonly type: string; readonly results?: unknown[] }[] = [];
  private readonly listeners = new Map<string, (...args: unknown[]) => void>();
  on(event: string, listener: (...args: unknown[]) => void): void {
    this.listeners.set(event, listener);
  }
  emit(event: string, ...args: unknown[]): void {
    this.listeners.get(event)!(...args);
  }
  send(text: string): void {
    this.frames.push(JSON.parse(text) as { type: string });
  }
  /** What the other side does about a ping. */
  answer = () => this.emit('pong');
  ping(): void {
    this.answer();
  }
  terminate(): void {
    this.emit('close', 1006, Buffer.alloc(0));
  }
}

const idle = { inventory: () => [], alive: () => [], connected: () => {}, disconnected: () => {}, owed: () => new Map() } as unknown as Attempts;

describe('the connection to an executor', () => {
  it('is given up after 9 s of silence: sooner than the executor gives up what runs here', async () => {
    const [ports, socket, closed] = [new VirtualPorts(), new Socket(), [] as string[]];
    new ExecutorConnection(ports, () => socket as never, 'http://there', 'token', { node: 'n', boot: 'b' }, idle, { closed: (reason) => closed.push(reason), moved: () => {} });
    socket.emit('open');
    await ports.advance(4 * BEAT_MS);
    socket.answer = () => {};
    await ports.advance(3 * BEAT_MS);
    expect(closed).toEqual([]);
    await ports.advance(BEAT_MS);
    expect(closed).toEqual(['the connection closed']);
  });

  it('repeats results that nobody acknowledged within a beat: the run may have another owner than who gave the order', async () => {
    const [ports, socket, owed] = [new VirtualPorts(), new Socket(), new Map([['r/t/1', '{"run":"r"}']])];
    const attempts = { ...idle, owed: () => owed } as unknown as Attempts;
    new ExecutorConnection(ports, () => socket as never, 'http://there', 'token', { node: 'n', boot: 'b' }, attempts, { closed: () => {}, moved: () => {} });
    socket.emit('open');
    socket.emit('message', Buffer.from('{"type":"welcome","connection":1}'));
    const told = () => socket.frames.filter(({ type }) => type === 'results').map(({ results }) => results);
    expect(told()).toEqual([]);
    await ports.advance(BEAT_MS);
    expect(told()).toEqual([[{ run: 'r' }]]);
    owed.clear();
    await ports.advance(BEAT_MS);
    expect(told()).toHaveLength(1);
  });
});
