import { delay, type Ports } from '@novacron/kernel';
import pg from 'pg';
import type { OwnershipHint } from '../driver.ts';

/** One session-level advisory lock per topic, on a connection of its own: it ends with the process, so a standby takes over. */
export function postgresHint(url: string, ports: Ports): OwnershipHint {
  const held = new Map<string, pg.Client>();
  return {
    async acquire(topic, lost, signal) {
      for (;;) {
        const client = new pg.Client({ connectionString: url, keepAlive: true });
        client.on('error', () => {});
        try {
          await client.connect();
          while (!signal.aborted) {
            const { rows } = await client.query<{ ok: boolean }>("select pg_try_advisory_lock(hashtext('novacron_owner'), hashtext($1)) as ok", [topic]);
            if (rows[0]!.ok) {
              held.set(topic, client);
              client.once('end', () => {
                if (held.get(topic) !== client) return;
                held.delete(topic);
                lost();
              });
              return;
            }
            await delay(ports.timers, 200, signal);
          }
        } catch {
          await delay(ports.timers, 200, signal);
        }
        await client.end().catch(() => {});
        if (signal.aborted) return;
      }
    },
    async release(topic) {
      const client = held.get(topic);
      held.delete(topic);
      await client?.end().catch(() => {});
    },
  };
}
