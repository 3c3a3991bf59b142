import type * as C from '@novacron/contracts';
import type { Decision, Message, TimerChange } from '@novacron/kernel';
import { waitTimer, type Subscription, type Version, type Wait } from './state.ts';

/** Answers of one commit at most, by count and by bytes; the log's own limits are 500 events and 256 KiB. */
const MAX_EVENTS = 300;
const MAX_BYTES = 150_000;

/** Gathers the answers to many waiters until one commit is full. */
export class Answer {
  readonly events: Message[] = [];
  readonly timers: TimerChange[] = [];
  private bytes = 0;

  say(event: Message, bytes = 300): void {
    this.events.push(event);
    this.bytes += bytes;
  }

  get full(): boolean {
    return this.events.length >= MAX_EVENTS || this.bytes >= MAX_BYTES;
  }

  satisfy({ wait, workspace, run, task }: Wait, version: Version): void {
    const event: C.ModelAwaitSatisfied = { type: 'ModelAwaitSatisfied', workspace, wait, run, task, ...contentOf(version) };
    this.say(event as Message, sizeOf(version));
    this.timers.push({ id: waitTimer(wait) });
  }

  refuseWait({ wait, workspace, run, task, model }: Wait, reason: string): void {
    this.say({ type: 'ModelAwaitRefused', workspace, wait, run, task, model, reason });
    this.timers.push({ id: waitTimer(wait) });
  }

  match({ subscription, trigger, workspace }: Subscription, version: Version): void {
    const event: C.ModelSubscriptionMatched = { type: 'ModelSubscriptionMatched', subscription, trigger, workspace, ...contentOf(version) };
    this.say(event as Message, sizeOf(version));
  }

  conflict({ subscription, trigger, workspace, model }: Subscription, reason: string, version?: string): void {
    this.say({ type: 'ModelSubscriptionConflict', subscription, trigger, workspace, model, ...(version !== undefined && { version }), reason });
  }

  decision(): Decision {
    return { events: this.events, timers: this.timers };
  }
}

/** The version as everybody sees it. */
export function contentOf({ model, version, metrics, schema, artifact, lineage }: C.ModelVersion): C.ModelVersion {
  return { model, version, metrics, ...(schema && { schema }), ...(artifact && { artifact }), lineage };
}

const sizes = new WeakMap<Version, number>();
function sizeOf(version: Version): number {
  let size = sizes.get(version);
  if (size === undefined) sizes.set(version, (size = 300 + JSON.stringify(contentOf(version)).length));
  return size;
}
