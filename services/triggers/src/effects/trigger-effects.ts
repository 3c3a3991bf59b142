import { join } from 'node:path';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { name as workspaceName } from '@novacron/contracts';
import type { Message } from '@novacron/kernel';
import { LOGGER, logOf, PORTS, SETTINGS, type EffectContext, type Ports, type ServiceLog, type Settings } from '@novacron/service';
import type { Logger } from 'pino';
import { configOf } from '../config.ts';
import type { FileSeen, UnwatchInbox, WatchInbox } from '../domain/trigger/messages.ts';
import { Inbox, realDisk, type Arrival, type InboxDisk } from './inbox.ts';

interface Watched {
  readonly inbox: Inbox;
  /** Open watches by effect and claim; each ends by its own outcome. */
  readonly watches: Map<string, { readonly watch: string; end(outcome: Message | undefined): void }>;
}

/** The edge of triggers: looks into the inboxes of those workspaces that have file triggers. */
export class InboxWatches {
  private readonly watched = new Map<string, Watched>();
  /** Watches that were ended before this process had begun them. */
  private readonly over = new Set<string>();
  private readonly root: string;
  private readonly log: ServiceLog;
  private readonly ports: Ports;
  private readonly logger: Pick<Logger, 'warn' | 'error'>;
  private readonly disk: InboxDisk;

  readonly WatchInbox = (effect: WatchInbox, context: EffectContext): Promise<Message | undefined> => this.watch(effect, context);
  readonly UnwatchInbox = (effect: UnwatchInbox): Promise<Message> => this.unwatch(effect);

  constructor(parts: { log: ServiceLog; ports: Ports; logger: Pick<Logger, 'warn' | 'error'>; root: string; disk: InboxDisk }) {
    ({ log: this.log, ports: this.ports, logger: this.logger, root: this.root, disk: this.disk } = parts);
  }

  close(): void {
    for (const { inbox } of this.watched.values()) inbox.stop();
    this.watched.clear();
  }

  private watch({ workspace, watch }: WatchInbox, { id, epoch, partition, signal }: EffectContext): Promise<Message | undefined> {
    if (this.over.delete(watch)) return Promise.resolve(unwatched(watch));
    if (signal.aborted) return Promise.resolve(undefined);
    const watched = this.inboxOf(workspace, partition);
    const key = `${id} ${epoch}`;
    return new Promise((resolve) => {
      const lost = (): void => this.end(workspace, key, undefined);
      const end = (outcome: Message | undefined): void => {
        signal.removeEventListener('abort', lost);
        resolve(outcome);
      };
      watched.watches.set(key, { watch, end });
      signal.addEventListener('abort', lost, { once: true });
    });
  }

  private unwatch({ workspace, watch }: UnwatchInbox): Promise<Message> {
    const open = [...(this.watched.get(workspace)?.watches ?? [])].filter(([, each]) => each.watch === watch);
    for (const [key] of open) this.end(workspace, key, unwatched(watch));
    if (open.length === 0) this.over.add(watch);
    return Promise.resolve(unwatched(watch));
  }

  private end(workspace: string, key: string, outcome: Message | undefined): void {
    const watched = this.watched.get(workspace);
    const open = watched?.watches.get(key);
    if (!watched || !open) return;
    watched.watches.delete(key);
    if (watched.watches.size === 0) {
      watched.inbox.stop();
      this.watched.delete(workspace);
    }
    open.end(outcome);
  }

  private inboxOf(workspace: string, partition: number): Watched {
    const known = this.watched.get(workspace);
    if (known) {
      known.inbox.retell();
      return known;
    }
    const { clock, timers } = this.ports;
    const inbox = new Inbox(join(this.root, workspace), {
      clock, timers,
      tell: (arrival) => this.tell(workspace, partition, arrival),
      warn: (details, text) => this.logger.warn({ workspace, ...details }, text),
    }, this.disk);
    const watched = { inbox, watches: new Map() };
    this.watched.set(workspace, watched);
    void this.prepare(workspace).then((ready) => void (ready && inbox.start()));
    return watched;
  }

  /** The folder of the inboxes is ours: a link in its place, or in a workspace's name, would lead elsewhere. */
  private async prepare(workspace: string): Promise<boolean> {
    try {
      if (!workspaceName.safeParse(workspace).success) throw new Error(`'${workspace}' is no name of a workspace`);
      await this.disk.mkdir(this.root, { recursive: true });
      if (!(await this.disk.lstat(this.root)).isDirectory()) throw new Error('it is not a plain folder');
      return true;
    } catch (error) {
      this.logger.error({ dir: this.root, workspace, error: (error as Error).message }, 'an inbox cannot be used; its file triggers do not fire');
      return false;
    }
  }

  private async tell(workspace: string, partition: number, arrival: Arrival): Promise<void> {
    const seen: FileSeen = { type: 'FileSeen', workspace, ...arrival };
    for (let again = true; again;) {
      const answer = await this.log.submitTo(partition, seen);
      again = 'reply' in answer && (answer.reply as { again: boolean } | null)?.again === true;
    }
  }
}

const unwatched = (watch: string): Message => ({ type: 'InboxUnwatched', watch });

/** The same as a provider of the process. */
@Injectable()
export class TriggerEffects extends InboxWatches implements BeforeApplicationShutdown {
  constructor(@Inject(logOf('triggers')) log: ServiceLog, @Inject(PORTS) ports: Ports, @Inject(SETTINGS) settings: Settings, @Inject(LOGGER) logger: Logger) {
    super({ log, ports, logger, root: configOf(settings).inbox, disk: realDisk });
  }

  beforeApplicationShutdown(): void {
    this.close();
  }
}
