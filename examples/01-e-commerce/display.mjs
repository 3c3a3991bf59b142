import { clearLine, cursorTo, moveCursor } from 'node:readline';

const MARKS = { succeeded: '✓', failed: '✗', cancelled: '✗', 'timed out': '✗', skipped: '–', running: '▶', retrying: '↻' };
const BAR = 12;

const seconds = (from, to) => `${((to - from) / 1000).toFixed(2)} s`;
const time = (value) => (value === undefined || value === null ? undefined : new Date(value).getTime());

/** One task as a line of the tree: mark, name, what really runs, duration or progress, and the error of a failed one. */
function taskLine(task, now) {
  const started = time(task.startedAt);
  const ended = time(task.endedAt);
  const done = Math.round((task.progress ?? 0) * BAR);
  const bar = task.status === 'running' && task.progress ? ` [${'#'.repeat(done)}${'.'.repeat(BAR - done)}]` : '';
  const took = started === undefined ? '' : ` ${seconds(started, ended ?? now)}`;
  const again = task.attempt > 1 ? ` (attempt ${task.attempt})` : '';
  const why = task.failure ? `: ${task.failure.message}` : '';
  return `${MARKS[task.status] ?? '·'} ${task.name.padEnd(28)} ${task.status.padEnd(10)}${took}${again}${bar}  ${task.title ?? ''}${why}`;
}

const causeText = ({ kind, occasion } = {}) => (occasion ? `${kind}: ${String(occasion).split('/').at(-1)}` : (kind ?? ''));
const headLine = (workspace, run, now) =>
  `${workspace}/${run.workflow} ${run.status} ${time(run.startedAt) === undefined ? '' : seconds(time(run.startedAt), time(run.endedAt) ?? now)} (${causeText(run.cause)}) ${run.id}`;

/** Shows runs while they go: on a terminal a tree that is redrawn in place, elsewhere one line for each change of a task. */
export class Display {
  #out;
  #drawn = 0;
  #states = new Map();

  constructor(out) {
    this.#out = out;
  }

  say(text) {
    this.#settle();
    this.#out.write(`${text}\n`);
  }

  /** Shows a run's present state; `last` leaves it standing. */
  show(workspace, run, last) {
    if (this.#out.isTTY) this.#redraw([headLine(workspace, run, Date.now()), ...run.tasks.map((task) => `  ${taskLine(task, Date.now())}`)], last);
    else this.#changes(workspace, run);
  }

  #redraw(lines, last) {
    moveCursor(this.#out, 0, -this.#drawn);
    for (const line of lines) {
      cursorTo(this.#out, 0);
      clearLine(this.#out, 0);
      this.#out.write(`${line.slice(0, (this.#out.columns ?? 100) - 1)}\n`);
    }
    this.#drawn = last ? 0 : lines.length;
  }

  #settle() {
    this.#drawn = 0;
  }

  #changes(workspace, run) {
    const changed = (name, state, line) => {
      const key = `${run.id}/${name}`;
      if (this.#states.get(key) === state) return;
      this.#states.set(key, state);
      this.#out.write(`${line}\n`);
    };
    for (const task of run.tasks) {
      if (task.status !== 'pending') changed(task.name, `${task.status}/${task.attempt}`, `  ${run.workflow} ${taskLine(task, Date.now())}`);
    }
    changed('', run.status, headLine(workspace, run, Date.now()));
  }
}
