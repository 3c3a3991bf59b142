import type * as C from '@novacron/contracts';
import type { DecideContext, Decision, Message, ReadonlyTable, TimerChange, View } from '@novacron/kernel';
import { runFolds } from './folds.ts';
import type * as P from './messages.ts';
import { shapeOf, type Shape, type TaskShape } from './shape.ts';
import { groupOf, taskId, type Group, type Plan, type Rows, type Run, type RunRows, type Task, type tables } from './state.ts';

export type RunView = View<typeof tables>;

export type TaskEnding = C.TaskSucceeded | C.TaskFailed | C.TaskSkipped | C.TaskCancelled;
type RunEvent =
  | TaskEnding | C.RunStarted | C.RunContinued | C.TasksExpanded | C.TaskReady | C.TaskWaiting | C.TaskRetryScheduled | C.TaskCancelRequested
  | C.ModelAwaited | C.AwaitWithdrawn | C.ModelPinned | C.ModelProduced | P.OutputsHeld | P.RunStopping
  | C.RunCommandAnswered | C.RunCommandRefused;

const folds = runFolds as unknown as Partial<Record<string, (rows: RunRows, event: RunEvent, at: { time: number }) => void>>;

/** What one commit takes of a long answer; the rest follows by `RunContinued`. Bytes are characters of JSON, about. */
export const MOST_EVENTS = 400;
const MOST_BYTES = 160 * 1024;

/**
 * A decision being made: what was said so far is folded into it at once, by the very folds that the log will use, so that each
 * step sees the steps before. Nothing reaches the state.
 */
export class Draft {
  readonly events: Message[] = [];
  readonly timers: TimerChange[] = [];
  readonly rows: RunRows;
  /** Tasks whose needs are there, and groups that can ready more: to be decided next. */
  readonly due: string[] = [];
  readonly unfolding: string[] = [];
  readonly id: string;
  readonly context: DecideContext;
  bytes = 0;

  constructor(state: RunView, id: string, context: DecideContext) {
    this.id = id;
    this.context = context;
    this.rows = {
      plan: new Overlay(state.plan), run: new Overlay(state.run), task: new Overlay(state.task), group: new Overlay(state.group),
      items: new Overlay(state.items), pin: new Overlay(state.pin), tombstone: new Overlay(state.tombstone),
    };
  }

  say(event: RunEvent): void {
    this.events.push(event as unknown as Message);
    folds[event.type]?.(this.rows, event, { time: this.context.now });
  }

  /** Says a task's ending and finds out what may go on because of it. */
  end(ending: TaskEnding): void {
    this.say(ending);
    const group = groupOf(ending.task);
    if (group !== undefined) return void this.unfolding.push(group);
    for (const name of this.shape(ending.task).dependents) if (this.task(name)?.status === 'due') this.due.push(name);
  }

  setTimer(id: string, at: number, message: P.RetryDue | P.ModelWaitExpired | P.RunDeadlineReached | P.TombstoneExpired): void {
    this.timers.push({ id, at, message });
  }

  removeTimer(id: string): void {
    this.timers.push({ id });
  }

  get full(): boolean {
    return this.events.length >= MOST_EVENTS || this.bytes >= MOST_BYTES;
  }

  get plan(): Plan {
    return this.rows.plan.get(this.id)!;
  }

  get run(): Run {
    return this.rows.run.get(this.id)!;
  }

  get shapes(): Shape {
    return shapeOf(this.plan.definition);
  }

  /** Of a task, or of the forEach that an instance belongs to. */
  shape(task: string): TaskShape {
    return this.shapes.tasks.get(groupOf(task) ?? task)!;
  }

  task(name: string): Task | undefined {
    return this.rows.task.get(taskId(this.id, name));
  }

  group(name: string): Group | undefined {
    return this.rows.group.get(taskId(this.id, name));
  }

  get ofRun(): { workspace: string; workflow: string; run: string } {
    return { workspace: this.plan.workspace, workflow: this.plan.workflow, run: this.id };
  }

  get decision(): Decision {
    return { events: this.events, timers: this.timers };
  }
}

/** A table with uncommitted changes on top. */
class Overlay<T extends object> implements Rows<T> {
  private changes: Map<string, T | undefined> | undefined;
  private readonly under: ReadonlyTable<T>;

  constructor(under: ReadonlyTable<T>) {
    this.under = under;
  }

  get(id: string): T | undefined {
    if (this.changes?.has(id)) return this.changes.get(id);
    return this.under.get(id);
  }

  put(id: string, row: T): void {
    (this.changes ??= new Map()).set(id, row);
  }

  delete(id: string): void {
    (this.changes ??= new Map()).set(id, undefined);
  }
}
