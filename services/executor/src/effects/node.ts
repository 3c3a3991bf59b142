import type { ToAgent } from '@novacron/contracts';
import type { OpenAttempt } from './open-attempts.ts';

/** One agent's WebSocket, after its hello. */
export interface Connection {
  /** Monotonic in this process; part of the fence of every order. */
  readonly number: number;
  /** Leaves with what else this tick says, or at `flush`. */
  send(frame: ToAgent): void;
  flush(): void;
  close(reason: string): void;
}

/** A node as this process knows it: its open attempts in the order in which they became known, and its agent's connection. */
export class Node {
  readonly attempts = new Map<string, OpenAttempt>();
  connection: Connection | undefined;
  /** Monotonic time of the agent's last frame, or since when this process has known the node. */
  lastHeard: number;
  /** Hellos and beats of its agent that this process heard: 0 while it never connected here. */
  beats = 0;
  /** What its last beat listed and this process did not know. */
  strays = new Set<string>();
  /** Orders that wait for the end of the tick. */
  outbox: OpenAttempt[] = [];

  readonly key: string;
  readonly pool: string;
  readonly name: string;

  constructor(key: string, pool: string, name: string, now: number) {
    this.key = key;
    this.pool = pool;
    this.name = name;
    this.lastHeard = now;
  }
}
