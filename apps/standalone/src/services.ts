import { randomUUID } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppModule as Executor } from '@novacron/executor';
import { AppModule as Fleet } from '@novacron/fleet';
import { AppModule as Gateway } from '@novacron/gateway';
import { AppModule as Notifier } from '@novacron/notifier';
import { AppModule as Registry } from '@novacron/registry';
import { AppModule as Resolver } from '@novacron/resolver';
import { AppModule as Scheduler } from '@novacron/scheduler';
import { runProcess, type RunningProcess } from '@novacron/service';
import { AppModule as Triggers } from '@novacron/triggers';
import { stopOrphanedPostgres, watchParent } from './supervise/parent.ts';

/** All eight services in one process: the embedded default. */
await runProcess([Gateway, Triggers, Resolver, Scheduler, Fleet, Executor, Registry, Notifier], true, (running) => {
  writeServerFile(running);
  watchParent(process.env, () => {
    void running.stop().catch(() => {}).then(() => stopOrphanedPostgres(process.env)).finally(() => process.exit(1));
  });
});

/** Where clients on this machine find the server: `<data>/server.json`, 0600. */
function writeServerFile({ runtime: { settings } }: RunningProcess): void {
  const file = join(settings.dataDir, 'server.json');
  writeFileSync(`${file}.new`, JSON.stringify({ pid: process.pid, url: settings.address, instance: randomUUID() }), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
