import type { RunDetail } from '@novacron/client';
import type { Io } from './io.ts';
import { headLine, nameWidth, outputLines, runLines, taskLine } from './run-view.ts';

/** Shows a run while it goes: on a terminal a tree that is redrawn in place, elsewhere a line for each change. */
export class Display {
  private readonly io: Io;
  private drawn = 0;
  private readonly known = new Map<string, string>();

  constructor(io: Io) {
    this.io = io;
  }

  show(run: RunDetail): void {
    if (this.io.terminal) this.redraw(run, this.io.terminal);
    else this.changes(run);
  }

  end(run: RunDetail): void {
    this.show(run);
    for (const line of outputLines(run)) this.io.out(`${line}\n`);
  }

  private redraw(run: RunDetail, { columns, lines }: { columns: number; lines: number }): void {
    const now = this.io.ports.clock.now();
    const shown = runLines(run, { now, colour: this.io.colour, lines: lines - 1 }).map((line) => clip(line, columns - 1));
    this.io.out(`${this.drawn > 0 ? `\x1b[${this.drawn}A` : ''}\x1b[J${shown.join('\n')}\n`);
    this.drawn = shown.length;
  }

  private changes(run: RunDetail): void {
    const drawing = { now: this.io.ports.clock.now(), colour: this.io.colour };
    const width = nameWidth(run.tasks);
    for (const task of run.tasks) {
      if (task.status !== 'pending') this.changed(task.name, `${task.status} ${task.attempt}`, () => `  ${taskLine(task, width, drawing)}`);
    }
    this.changed('', run.status, () => headLine(run, drawing));
  }

  private changed(name: string, state: string, line: () => string): void {
    if (this.known.get(name) === state) return;
    this.known.set(name, state);
    this.io.out(`${line()}\n`);
  }
}

/** Cuts a line to the terminal's width: a wrapped one would spoil the redraw. Colour codes take no room. */
function clip(line: string, width: number): string {
  let room = width;
  return line.replace(/\x1b\[\d+m|./gu, (part) => (part.startsWith('\x1b') ? part : room-- > 0 ? part : ''));
}
