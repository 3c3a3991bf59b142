import type { Role } from '@novacron/contracts';
import { canonical, sha256, type Json, type Message } from '@novacron/kernel';
import type { Answered, ClientPort } from '../seam.ts';
import { bootstrap, directory, lookup, type Wish } from './commands.ts';

/** With whose key a client asks. */
export interface Identity {
  /** Id of the key. */
  readonly key: string;
  readonly workspace: string;
  readonly role: Role;
}

/** What a command came to; `command` is its id, where it was taken. */
export interface Came {
  readonly command?: string;
  readonly status?: number;
  readonly type?: string;
}
interface Reply {
  readonly command: string;
  readonly outcome?: { readonly status: number; readonly type: string };
}

const GATEWAY = 'gateway';
const SYSTEM = 'system';
const PATIENCE = 5_000;
/** Longest pause between two looks at a command that has no outcome yet, and how many; far more than faults last. */
const LONGEST_PAUSE = 5_000;
const MOST_LOOKS = 2_000;

/** Asks as the gateway's edge does, and repeats what got no answer under the same key, until it is known. */
export class Caller {
  private count = 0;
  readonly port: ClientPort;
  private readonly as: Identity;

  constructor(port: ClientPort, as: Identity) {
    this.port = port;
    this.as = as;
  }

  newKey(): string {
    return `${this.port.name}-${this.as.key}-${this.count++}`;
  }

  /** The first start of an installation: whose key may do everything. */
  static async first(port: ClientPort, secret: string): Promise<Caller> {
    const anybody = new Caller(port, { key: '', workspace: SYSTEM, role: 'admin' });
    await anybody.give(SYSTEM, bootstrap(secret), 'bootstrap');
    for (;;) {
      const answered = await port.call({ service: GATEWAY, partitionKey: SYSTEM, message: directory() });
      const keys = answered.kind === 'acknowledged' ? (answered.reply as unknown as { readonly keys: readonly { readonly id: string; readonly workspace: string }[] }).keys : [];
      const root = keys.find(({ workspace }) => workspace === SYSTEM);
      if (root) return new Caller(port, { key: root.id, workspace: SYSTEM, role: 'admin' });
      await port.wait(500);
    }
  }

  /** The same key in another's hand. */
  with(port: ClientPort): Caller {
    return new Caller(port, this.as);
  }

  /** Until the owner has taken or refused it. */
  async ask(wish: Wish, key = this.newKey()): Promise<Came> {
    const { operation, needs, workspace, event } = wish;
    return this.give(workspace, { ...this.formOf(operation, needs, workspace, key), bodyHash: sha256(canonical([operation, event])), event }, key);
  }

  /** Until the service that it concerns has answered. */
  async settle(wish: Wish, key = this.newKey()): Promise<Came> {
    const taken = await this.ask(wish, key);
    let pause = 50;
    for (let looks = 0; taken.command !== undefined && taken.status === undefined && looks < MOST_LOOKS; looks++) {
      await this.port.wait(pause);
      pause = Math.min(LONGEST_PAUSE, pause * 2);
      const came = cameOf(await this.port.call({ service: GATEWAY, partitionKey: wish.workspace, message: lookup(wish.workspace, taken.command) }));
      if (came.status !== undefined) return { ...came, command: taken.command };
    }
    return taken;
  }

  /** What the gateway's door refuses to a known caller: only the audit trail hears of it. */
  async beRefused(wish: Wish): Promise<Came> {
    const key = this.newKey();
    const problem = { code: 'RoleMissing', status: 403, detail: 'at the door' };
    return this.give(this.as.workspace, { ...this.formOf(wish.operation, wish.needs, this.as.workspace, key), bodyHash: '', problem }, key);
  }

  /** Any direct input of a service, until it is known. */
  async give(partitionKey: string, message: Message, key: string, service: string = GATEWAY): Promise<Came> {
    for (;;) {
      const answered = await this.port.call({ service, partitionKey, message, key, patience: PATIENCE });
      if (answered.kind !== 'unknown') return cameOf(answered);
      await this.port.wait(500);
    }
  }

  private formOf(operation: string, needs: Role, workspace: string, idempotencyKey: string): Message {
    const { key, workspace: home, role } = this.as;
    return { type: 'Command', operation, workspace, actor: { key, name: this.port.name }, home, role, needs, idempotencyKey };
  }
}

function cameOf(answered: Answered): Came {
  if (answered.kind !== 'acknowledged') return answered.kind === 'refused' ? { status: answered.refusal.status, type: answered.refusal.code } : {};
  const reply = answered.reply as unknown as (Reply & { readonly [field: string]: Json }) | null;
  if (!reply) return {};
  return { command: reply.command, ...(reply.outcome && { status: reply.outcome.status, type: reply.outcome.type }) };
}
