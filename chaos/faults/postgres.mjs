import { setTimeout as sleep } from 'node:timers/promises';

const LEAST_MS = 5_000;
const MORE_MS = 5_000;

/** PostgreSQL killed, or stopped in order, every 5 to 10 s while `n` runs go through. */
export async function postgres(stage, n, { load }) {
  while (!load.done) {
    await sleep(LEAST_MS + MORE_MS * stage.next());
    await restartOne(stage);
  }
}

export async function restartOne(stage) {
  const { system } = stage;
  const inOrder = stage.next() < 0.25;
  stage.hit({ kind: inOrder ? 'PostgreSQL stopped' : 'PostgreSQL killed', target: 'PostgreSQL' });
  if (inOrder) await system.stopPostgres();
  else await system.killPostgres();
  await system.startPostgres();
  return true;
}
