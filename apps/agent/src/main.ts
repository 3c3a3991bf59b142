import { realPorts } from '@novacron/kernel';
import { startAgent } from './agent.ts';
import { ConfigError, readConfig } from './config.ts';
import { AlreadyRunning, lock } from './lock.ts';
import { watchSupervisor } from './supervisor.ts';

/** `node dist/main.js`: runs attempts on this machine until it is stopped, or until its supervisor is gone. */
const ports = realPorts();
const say = (text: string) => console.error(`${new Date(ports.clock.now()).toISOString()} agent: ${text}`);

async function main(): Promise<void> {
  const config = await readConfig(process.env);
  const unlock = lock(config.dir);
  const agent = await startAgent(ports, config, say);
  let stopping = false;
  const stop = (why: string) => {
    if (stopping) return;
    stopping = true;
    say(`stops: ${why}`);
    void agent.stop().finally(() => {
      unlock();
      process.exit(0);
    });
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
  watchSupervisor(ports.timers, config.supervisor, () => stop('its supervisor is gone'));
}

main().catch((error: unknown) => {
  const expected = error instanceof ConfigError || error instanceof AlreadyRunning;
  console.error(expected ? error.message : error);
  process.exit(2);
});
