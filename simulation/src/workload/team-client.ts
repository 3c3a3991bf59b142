import type { WorkflowDefinition } from '@novacron/contracts';
import type { Dice } from '../dice.ts';
import type { Caller } from './caller.ts';
import type { Closing } from './closing.ts';
import {
  addDestination, applyTrigger, applyWorkflow, cancelRun, grantModel, publishVersion, removeDestination, removeTrigger, retryRun, revokeGrant, setAlias, startRun, testDestination, type Wish,
} from './commands.ts';
import { SCHEMA, task, trigger, workflowOf } from './definitions.ts';
import type { Plan, Team } from './plan.ts';
import { hookOf, noteTriggers, TEMPERS } from './preparing.ts';

interface Started {
  readonly workflow: string;
  readonly run: string;
}
type Step = () => Promise<unknown>;

/** What the members of one team do, step by step; who else does it at the same time is chance. */
export class TeamClient {
  private readonly runs: Started[] = [];
  private last: { readonly wish: Wish; readonly key: string } | undefined;
  private versions = 0;
  private published: { readonly model: string; readonly version: string };
  private readonly caller: Caller;
  private readonly dice: Dice;
  private readonly team: Team;
  private readonly plan: Plan;
  private readonly closing: Closing;

  constructor(caller: Caller, team: Team, plan: Plan, closing: Closing) {
    this.caller = caller;
    this.dice = caller.port.dice;
    this.team = team;
    this.plan = plan;
    this.closing = closing;
    this.published = { model: team.models[0]!, version: '1.0.0' };
  }

  async step(): Promise<void> {
    await this.dice.pick(this.steps)();
  }

  private readonly steps: readonly Step[] = [
    ...this.often(7, () => this.start()),
    ...this.often(3, () => this.ofRun((run) => cancelRun(this.name, run.workflow, run.run))),
    ...this.often(2, () => this.ofRun((run) => retryRun(this.name, run.workflow, run.run))),
    ...this.often(2, () => this.repeat()),
    ...this.often(3, () => this.publish()),
    () => this.ask(setAlias(this.name, this.published.model, 'stable', this.dice.chance(0.8) ? this.published.version : '9.9.9', this.dice.pick([undefined, undefined, null, '1.0.0']))),
    () => this.ask(grantModel(this.name, this.model(), this.other())),
    () => this.ask(revokeGrant(this.name, this.model(), this.other())),
    () => this.addTrigger(),
    () => this.ask(applyTrigger(this.name, this.workflow().name, { name: 'never', kind: 'cron', cron: 'whenever', params: {} })),
    () => this.ask(removeTrigger(this.name, this.workflow().name, this.dice.pick(['extra0', 'extra1', 'declared', 'none']))),
    () => this.ask(addDestination(this.name, this.dice.pick(['chat', 'pager']), this.dice.pick(['webhook', 'slack']), this.caller.port.seal(hookOf(this.dice.pick(TEMPERS))), [this.dice.pick(['*', 'run.failed', 'no.such'])])),
    () => this.ask(removeDestination(this.name, this.dice.pick(['chat', 'pager']))),
    () => this.ask(testDestination(this.name, this.dice.pick(['chat', 'pager']))),
    () => this.change(),
    () => Promise.resolve(this.caller.port.drop(this.name, this.dice.pick(['a.csv', 'data-1.csv', 'data-2.csv', 'b.txt']), this.dice.between(1, 1_000))),
  ];

  private get name(): string {
    return this.team.name;
  }

  private often(times: number, step: Step): Step[] {
    return Array.from({ length: times }, () => step);
  }

  private workflow(): WorkflowDefinition {
    return this.dice.pick(this.team.workflows.filter(({ name }) => name !== 'large'));
  }

  private model(): string {
    return this.dice.chance(0.1) ? this.dice.pick(this.plan.around.models) : this.dice.pick(this.team.models);
  }

  private other(): string {
    return this.dice.pick(this.plan.teams).name;
  }

  private async ask(wish: Wish): Promise<void> {
    this.last = { wish, key: this.caller.newKey() };
    await (this.dice.chance(0.2) ? this.caller.settle(wish, this.last.key) : this.caller.ask(wish, this.last.key));
  }

  private async start(): Promise<void> {
    const workflow = this.dice.chance(0.05) ? 'unheard-of' : this.workflow().name;
    const params = this.dice.chance(0.05) ? { unknown: 1 } : this.dice.chance(0.3) ? { day: 'today' } : {};
    const wish = startRun(this.name, workflow, params, this.dice.chance(0.3) ? this.dice.between(-5, 200) : undefined);
    this.last = { wish, key: this.caller.newKey() };
    const { command } = await this.caller.ask(wish, this.last.key);
    if (command !== undefined) this.runs.push({ workflow, run: command });
  }

  private async ofRun(wish: (run: Started) => Wish): Promise<void> {
    if (this.runs.length > 0) await this.ask(wish(this.dice.chance(0.05) ? { workflow: this.workflow().name, run: 'gat0-0' } : this.dice.pick(this.runs)));
  }

  /** The same key again, with the same body or, which is refused, another one. */
  private async repeat(): Promise<void> {
    if (!this.last) return;
    const { wish, key } = this.last;
    await this.caller.ask(this.dice.chance(0.5) ? wish : { ...wish, event: { ...wish.event, other: true } }, key);
  }

  private async publish(): Promise<void> {
    const version = this.dice.chance(0.1) ? this.dice.pick(['v1', '1.0.0']) : `${this.dice.between(1, 2)}.${this.dice.int(3)}.${this.versions++}`;
    const schema = this.dice.pick([undefined, SCHEMA, SCHEMA, { input: { pixels: 'array' }, output: { label: 'number' } }, { input: {}, output: {} }]);
    this.published = { model: this.model(), version };
    await this.ask(publishVersion(this.name, this.published.model, { version, metrics: { top1: this.dice.between(60, 99) / 100 }, ...(schema && { schema }) }));
  }

  private addTrigger(): Promise<void> {
    const { name: workflow } = this.workflow();
    const extra = trigger(this.dice, `extra${this.dice.int(2)}`, this.plan.around);
    this.closing.note(`${this.name}/${workflow}/${extra.name}`, removeTrigger(this.name, workflow, extra.name));
    return this.ask(applyTrigger(this.name, workflow, extra));
  }

  /** The same definition again, one with a little changed, or one that can never end. */
  private change(): Promise<void> {
    const workflow = this.workflow();
    const circle = workflowOf(workflow.name, [task('a', 'steady', { needs: ['b'] }), task('b', 'steady', { needs: ['a'] })]);
    noteTriggers(this.closing, this.name, workflow);
    return this.ask(applyWorkflow(this.name, this.dice.pick([workflow, { ...workflow, priority: this.dice.int(9) }, { ...workflow, triggers: [trigger(this.dice, 'declared', this.plan.around)] }, circle])));
  }
}
