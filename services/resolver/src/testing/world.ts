import { addressesOf, type TaskReady, type WorkflowDefinition } from '@novacron/contracts';
import { isRefusal, type Json, type Message } from '@novacron/kernel';
import { Scenario } from '@novacron/testing';
import { definition as resolver } from '../definition.ts';

const actor = { key: 'k1', name: 'ada' };
export const of = { workspace: 'shop', workflow: 'flow' };

/** The resolver and, played by the test, everybody around it: what it says to itself is delivered, its timers fire by `pass`. */
export class World {
  readonly scenario = new Scenario(resolver);
  readonly said: Message[] = [];
  readonly timers = new Map<string, { at: number; message: Message }>();
  /** Attempts that the pool was asked for and that have not ended. */
  readonly open = new Map<string, TaskReady>();
  /** Largest answer to one message. */
  largest = 0;
  now = 1_800_000_000_000;
  private commands = 0;

  /** Tells one message and then all that the resolver says to itself because of it; returns what was said. */
  tell(message: Message): Message[] {
    const first = this.said.length;
    const inbox = [message];
    for (let next = inbox.shift(); next; next = inbox.shift()) inbox.push(...this.step(next));
    return this.said.slice(first);
  }

  /** Decides one message; returns what the resolver addressed to itself. */
  step(message: Message): Message[] {
    const answer = this.scenario.tell(message, { now: this.now });
    if (isRefusal(answer)) throw new Error(answer.detail);
    this.largest = Math.max(this.largest, answer.events.length);
    for (const { id, at, message: due } of answer.timers ?? []) {
      if (at === undefined) this.timers.delete(id);
      else this.timers.set(id, { at, message: due! });
    }
    for (const event of answer.events) {
      this.said.push(event);
      if (event.type === 'TaskReady') this.open.set(`${event.run}/${event.task}`, event as unknown as TaskReady);
    }
    return answer.events.filter((event) => addressesOf(event).some(({ service }) => service === 'resolver'));
  }

  apply(definition: WorkflowDefinition, source = 'yaml'): Message[] {
    return this.tell({ type: 'WorkflowApplyRequested', command: `apply${this.commands++}`, actor, ...of, definition: definition as never, source });
  }

  /** Requests a run; its id is the command's. */
  request(command: string, params: Record<string, Json> = {}): Message[] {
    return this.tell({ type: 'RunRequested', command, actor, ...of, params });
  }

  /** Applies and starts run `r1`. */
  start(definition: WorkflowDefinition, params: Record<string, Json> = {}): Message[] {
    this.apply(definition);
    return this.request('r1', params);
  }

  cancel(run = 'r1'): Message[] {
    return this.tell({ type: 'RunCancelRequested', command: `cancel${this.commands++}`, actor, ...of, run, reason: 'enough' });
  }

  retry(command: string, run = 'r1'): Message[] {
    return this.tell({ type: 'RunRetryRequested', command, actor, ...of, run });
  }

  succeed(task: string, outputs: Record<string, Json> = {}, more: Record<string, Json> = {}, run = 'r1'): Message[] {
    return this.end('AttemptSucceeded', task, { outputs, ...more }, run);
  }

  fail(task: string, failureClass = 'permanent', run = 'r1'): Message[] {
    return this.end('AttemptFailed', task, { failure: { class: failureClass, code: 'TaskThrew', message: 'broken' } }, run);
  }

  end(type: string, task: string, more: Record<string, Json>, run = 'r1'): Message[] {
    const message = this.ending(type, task, more, run);
    this.open.delete(`${run}/${task}`);
    return this.tell(message);
  }

  /** How the executor would say it. */
  ending(type: string, task: string, more: Record<string, Json>, run = 'r1'): Message {
    const ready = this.open.get(`${run}/${task}`);
    if (!ready) throw new Error(`${task} was not readied; open are ${[...this.open.keys()].join(', ')}`);
    return { type, ...of, run, task, attempt: ready.attempt, pool: ready.pool, node: 'n1', endedAt: this.now, ...more };
  }

  /** Lets time pass; timers fire in their order. */
  pass(ms: number): Message[] {
    const first = this.said.length;
    const until = this.now + ms;
    for (;;) {
      const [next] = [...this.timers].filter(([, timer]) => timer.at <= until).sort(([, a], [, b]) => a.at - b.at);
      if (!next) break;
      this.timers.delete(next[0]);
      this.now = Math.max(this.now, next[1].at);
      this.tell(next[1].message);
    }
    this.now = until;
    return this.said.slice(first);
  }

  /** Types with the task they are about: `TaskReady a`. */
  static brief(events: readonly Message[]): string[] {
    return events.map((event) => (event.task === undefined ? event.type : `${event.type} ${event.task as string}`));
  }
}

export const brief = World.brief;
