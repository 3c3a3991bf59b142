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
  ping(): void {
    this.emit('pong');
  }
}

describe('the connection to an executor', () => {
  it('repeats results that nobody acknowledged within a beat: the run may have another owner than who gave the order', async () => {
    const [ports, socket, owed] = [new VirtualPorts(), new Socket(), new Map([['r/t/1', '{"run":"r"}']])];
    const attempts = { inventory: () => [], alive: () => [], connected: () => {}, disconnected: () => {}, owed: () => owed } as unknown as Attempts;
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
