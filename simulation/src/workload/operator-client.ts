import type { Dice } from '../dice.ts';
import { Caller, type Identity } from './caller.ts';
import { createKey, createNodeToken, createWorkspace, drainNode, resumeNode, revokeKey, setPool, setQuota, startRun } from './commands.ts';
import type { Closing } from './closing.ts';
import type { Plan } from './plan.ts';
import { noteQuota, OPERATOR_KEY } from './preparing.ts';

/** Who looks after the installation: nodes, quotas, keys; and callers who may not what they ask. */
export class OperatorClient {
  private readonly caller: Caller;
  private readonly dice: Dice;
  private readonly plan: Plan;
  private readonly keys: ReadonlyMap<string, readonly Identity[]>;
  private readonly closing: Closing;

  constructor(caller: Caller, plan: Plan, keys: ReadonlyMap<string, readonly Identity[]>, closing: Closing) {
    this.caller = caller;
    this.dice = caller.port.dice;
    this.plan = plan;
    this.keys = keys;
    this.closing = closing;
  }

  async step(): Promise<void> {
    const { caller, dice, plan } = this;
    const node = dice.pick(plan.nodes);
    const name = dice.chance(0.1) ? 'nowhere' : node.name;
    const team = dice.pick(plan.teams).name;
    await dice.pick([
      () => this.drain(node.pool, name), () => this.drain(node.pool, name), () => caller.ask(resumeNode(node.pool, name)), () => caller.ask(resumeNode(node.pool, name)),
      () => this.limit(dice.chance(0.2) ? 'unheard-of' : node.pool, team),
      () => caller.ask(setPool(node.pool)),
      () => caller.ask(createNodeToken(`token-${caller.newKey()}`, node.pool)),
      () => caller.ask(createWorkspace(team)),
      () => this.shortKey(team),
      () => this.mayNot(team),
      () => caller.ask(startRun('unheard-of', 'flow0', {})),
    ])();
  }

  private drain(pool: string, node: string): Promise<unknown> {
    this.closing.note(`${pool}/${node}`, resumeNode(pool, node));
    return this.caller.ask(drainNode(pool, node));
  }

  private limit(pool: string, team: string): Promise<unknown> {
    noteQuota(this.closing, pool, team);
    return this.caller.ask(setQuota(pool, team, { cpu: this.dice.pick([null, 1, 4]), memory: this.dice.pick([null, 1_000]), gpu: this.dice.pick([null, 1, 2]) }));
  }

  /** A key that is made, used, revoked, and used again in vain. */
  private async shortKey(workspace: string): Promise<void> {
    const { command } = await this.caller.ask(createKey(workspace, 'for a moment', 'operator', OPERATOR_KEY));
    if (command === undefined) return;
    const short = new Caller(this.caller.port, { key: command, workspace, role: 'operator' });
    await short.ask(startRun(workspace, 'flow0', {}));
    await this.caller.ask(revokeKey(workspace, command));
    await short.ask(startRun(workspace, 'flow0', {}));
    await this.caller.ask(revokeKey(workspace, 'no-such-key'));
  }

  private async mayNot(workspace: string): Promise<void> {
    const identity = this.dice.pick(this.keys.get(workspace) ?? []);
    if (!identity) return;
    const caller = new Caller(this.caller.port, identity);
    if (this.dice.chance(0.5)) await caller.beRefused(createWorkspace('theirs'));
    else await caller.ask(identity.role === 'viewer' ? startRun(workspace, 'flow0', {}) : revokeKey(workspace, 'no-such-key'));
  }
}
