import type { Diagnostic } from '../diagnostic.ts';
import type { Place } from './node.ts';

/** After this many findings the rest adds nothing. */
const MOST = 100;

/** Collects findings, each at its place in the text. */
export class Report {
  readonly #found: Diagnostic[] = [];
  #failed = false;

  get failed(): boolean {
    return this.#failed;
  }

  error(place: Place, message: string, suggestion?: string, offset = place.offset): void {
    this.#failed = true;
    this.#add('error', place, message, suggestion, offset);
  }

  warning(place: Place, message: string, suggestion?: string, offset = place.offset): void {
    this.#add('warning', place, message, suggestion, offset);
  }

  /** In order of file, line and column. */
  diagnostics(): Diagnostic[] {
    return [...this.#found].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column));
  }

  #add(severity: Diagnostic['severity'], place: Place, message: string, suggestion: string | undefined, offset: number): void {
    if (this.#found.length >= MOST) return;
    const { line, col } = place.source.lines.linePos(offset);
    const at = { file: place.source.file, line: Math.max(1, line), column: Math.max(1, col), path: place.path };
    // One text can be read on behalf of several tasks (a component, a condition).
    if (this.#found.some((d) => d.line === at.line && d.column === at.column && d.file === at.file && d.message === message)) return;
    this.#found.push({ severity, message, ...at, ...(suggestion === undefined ? {} : { suggestion }) });
  }
}
