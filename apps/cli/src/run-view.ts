import type { RunDetail, TaskView } from '@novacron/client';
import { inline, span, status } from './text.ts';

const MARKS: Readonly<Record<string, string>> = { succeeded: '✓', failed: '✗', 'timed out': '✗', lost: '✗', cancelled: '✗', skipped: '–', running: '▶', retrying: '↻' };

export interface Drawing {
  readonly now: number;
  readonly colour: boolean;
  /** Lines that there is room for. */
  readonly lines?: number;
}

const ended = (task: TaskView): boolean => ['succeeded', 'failed', 'cancelled', 'skipped'].includes(task.status);

/** A run as a tree: its head, its tasks, instances of a forEach below theirs. Where there is no room, what has ended is left out first. */
export function runLines(run: RunDetail, drawing: Drawing): string[] {
  const head = headLine(run, drawing);
  const room = (drawing.lines ?? Infinity) - 2;
  const sorted = tree(run.tasks);
  const active = sorted.filter((task) => !ended(task));
  const fits = sorted.length <= room;
  const shown = fits ? sorted : (active.length > 0 ? active : sorted).slice(0, room);
  const width = nameWidth(shown);
  const lines = [head, ...shown.map((task) => `  ${taskLine(task, width, drawing)}`)];
  if (!fits) lines.push(`  … of ${total(run)} tasks: ${Object.entries(run.counts).map(([name, count]) => `${count} ${name}`).join(', ')}`);
  return lines;
}

/** Tasks as the tree shows them, without regard to room. */
export function allTaskLines(run: RunDetail, drawing: Drawing): string[] {
  const width = nameWidth(run.tasks);
  return tree(run.tasks).map((task) => `  ${taskLine(task, width, drawing)}`);
}

export const nameWidth = (tasks: readonly TaskView[]): number => tasks.reduce((widest, { name, parent }) => Math.max(widest, name.length + (parent ? 2 : 0)), 0);

export function headLine(run: RunDetail, { now, colour }: Drawing): string {
  const took = run.startedAt === null ? '' : ` ${span((run.endedAt ?? now) - run.startedAt)}`;
  return `${run.workspace}/${run.workflow} ${run.id} ${status(run.status, colour)}${took}${run.reason ? `: ${run.reason}` : ''}`;
}

export function taskLine(task: TaskView, width: number, { now, colour }: Drawing): string {
  const name = `${task.parent ? '  ' : ''}${task.name}`.padEnd(width);
  const took = task.startedAt === null ? '' : ` ${span(Math.max(0, (task.endedAt ?? now) - task.startedAt))}`;
  const again = (task.attempt ?? 1) > 1 ? ` (attempt ${task.attempt})` : '';
  const why = task.failure ? `: ${task.failure.message}` : (task.queueReason ?? task.waitingFor) && !ended(task) ? `: ${task.queueReason ?? task.waitingFor}` : '';
  return `${MARKS[task.status] ?? '·'} ${name} ${status(task.status, colour)}${took}${again}${why}${task.title ? `  [${task.title}]` : ''}`;
}

/** The outputs of a finished run, one to a line. */
export function outputLines(run: RunDetail): string[] {
  const outputs = Object.entries(run.outputs ?? {});
  return outputs.length === 0 ? [] : ['', 'outputs', ...outputs.map(([name, value]) => `  ${name}: ${inline(value)}`)];
}

function tree(tasks: readonly TaskView[]): TaskView[] {
  const instances = new Map<string, TaskView[]>();
  for (const task of tasks) {
    if (!task.parent) continue;
    const siblings = instances.get(task.parent);
    if (siblings) siblings.push(task);
    else instances.set(task.parent, [task]);
  }
  return tasks.filter(({ parent }) => !parent).flatMap((task) => [task, ...(instances.get(task.name) ?? [])]);
}

const total = (run: RunDetail): number => Object.values(run.counts).reduce((sum, count) => sum + count, 0);
