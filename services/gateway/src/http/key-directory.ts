import { delay, sha256, isRefusal, type Message, type Ports } from '@novacron/kernel';
import type { KeyCreated, Role } from '@novacron/contracts';
import type { ServiceLog } from '@novacron/service';
import { timingSafeEqual } from 'node:crypto';
import type { DirectoryReply } from '../domain/access/messages.ts';
import { isLive, SYSTEM, type Key } from '../domain/access/state.ts';

export interface Caller extends Key {
  readonly id: string;
}

const RETRY_MS = 50;

/**
 * All keys and workspaces of the installation: asked of every partition's owner once, kept by listening to their commits, at once where they are this process's own
 * and else as they are read. The deciders know better still: they check a command's key once more.
 */
export class KeyDirectory {
  private readonly byHash = new Map<string, Caller>();
  private readonly byId = new Map<string, Caller>();
  private readonly workspaces = new Set<string>();
  /** Partitions whose keys were read. */
  private readonly read = new Set<number>();
  private readonly log: ServiceLog;
  private readonly ports: Ports;

  constructor(log: ServiceLog, ports: Ports) {
    this.log = log;
    this.ports = ports;
    log.onConfirmed((_, events) => events.forEach((event) => this.hear(event)));
  }

  /** Asks the owners of all partitions; resolves when each has answered. Commits must be heard from before on. */
  async refresh(signal?: AbortSignal): Promise<void> {
    while (!this.ready && !signal?.aborted) {
      const missing = Array.from({ length: this.log.partitions }, (_, partition) => partition).filter((partition) => !this.read.has(partition));
      await Promise.all(missing.map((partition) => this.readPartition(partition)));
      if (!this.ready) await delay(this.ports.timers, RETRY_MS, signal);
    }
  }

  /** Whether every partition has been read. */
  get ready(): boolean {
    return this.read.size === this.log.partitions;
  }

  /** The caller whose key this is, if it is live. */
  find(key: string): Caller | undefined {
    const hash = sha256(key);
    const found = this.byHash.get(hash);
    if (!found || !timingSafeEqual(Buffer.from(found.hash), Buffer.from(hash))) return undefined;
    return isLive(found, this.ports.clock.now()) ? found : undefined;
  }

  /** Whether a key that was found is still accepted. */
  isLive(caller: Caller): boolean {
    return isLive(this.byId.get(caller.id) ?? caller, this.ports.clock.now());
  }

  /** The caller's role in a workspace; undefined where it has nothing to do with it, or there is none. */
  roleIn(caller: Caller, workspace: string): Role | undefined {
    if (!this.workspaces.has(workspace)) return undefined;
    if (caller.workspace === workspace) return caller.role;
    return caller.workspace === SYSTEM && caller.role === 'admin' ? 'admin' : undefined;
  }

  private async readPartition(partition: number): Promise<void> {
    try {
      const answer = await this.log.submitToOwner(partition, { type: 'DirectoryRequested' });
      if (isRefusal(answer as never)) return;
      const { keys, workspaces } = (answer as { reply: unknown }).reply as DirectoryReply;
      workspaces.forEach((name) => this.workspaces.add(name));
      keys.forEach((key) => this.admit(key));
      this.read.add(partition);
    } catch {
      // Nobody owns it for now, or we are stopping: the caller looks again.
    }
  }

  /** A commit's event, however often it comes. */
  hear(event: Message): void {
    if (event.type === 'WorkspaceCreated') this.workspaces.add(event.workspace as string);
    else if (event.type === 'KeyCreated') {
      const { key, workspace, name, role, hash, expiresAt } = event as unknown as KeyCreated;
      this.admit({ id: key, workspace, name, role, hash, ...(expiresAt !== undefined && { expiresAt }) });
    } else if (event.type === 'KeyRevoked') {
      const known = this.byId.get(event.key as string);
      if (known) this.admit({ ...known, revoked: true });
    }
  }

  /** A key that was revoked stays so, whichever answer comes last. */
  private admit(key: Caller): void {
    const caller = this.byId.get(key.id)?.revoked ? { ...key, revoked: true as const } : key;
    this.byId.set(key.id, caller);
    this.byHash.set(key.hash, caller);
  }
}
