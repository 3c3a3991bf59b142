import { realPorts } from '@novacron/kernel';
import pg from 'pg';
import { isOutage } from '../outage.ts';

/** So much later a server that refused is asked again; twice as long after each refusal, up to the last. */
const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 400;

type Connected = ((error: Error) => void) | ((error: null, client: pg.Client) => void);

/** What a server's last refusal taught this process. */
interface Refusal {
  readonly error: unknown;
  readonly pause: number;
  askAgainAt: number;
}

// A server is a real one: no simulation comes here.
const { clock } = realPorts();
/** By host and port. */
const refusals = new Map<string, Refusal>();

/**
 * A connection of a process that has many. While the server refuses, one of them asks at a time and after a pause, and the others are told what that one was told: a server in recovery would
 * otherwise spend on refusing what it needs to recover, with every reader and writer of every process at its door.
 */
export class Client extends pg.Client {
  override connect(): Promise<this>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<this> | void {
    const connecting = this.reach();
    if (!callback) return connecting;
    connecting.then((client) => (callback as (error: null, client: pg.Client) => void)(null, client), callback as (error: Error) => void);
  }

  private async reach(): Promise<this> {
    const server = `${this.host}:${this.port}`;
    const now = clock.monotonic();
    const before = refusals.get(server);
    if (before) {
      if (now < before.askAgainAt) throw before.error;
      before.askAgainAt = now + LAST_PAUSE_MS;
    }
    try {
      await super.connect();
      refusals.delete(server);
      return this;
    } catch (error) {
      if (isOutage(error)) {
        const pause = before ? Math.min(2 * before.pause, LAST_PAUSE_MS) : FIRST_PAUSE_MS;
        refusals.set(server, { error, pause, askAgainAt: clock.monotonic() + pause });
      }
      throw error;
    }
  }
}
