/** One finding about a workflow's text; `line` and `column` count from 1. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Where in the document, e.g. `spec.tasks[2].retry.limit`; empty for the document itself. */
  readonly path: string;
  /** What to write instead. */
  readonly suggestion?: string;
}

/** The finding as an editor or terminal shows it: place, message, the line of `text` (the file's content) and a caret. */
export function formatDiagnostic(diagnostic: Diagnostic, text?: string): string {
  const { file, line, column, severity, message, suggestion } = diagnostic;
  const lines = [`${file}:${line}:${column}: ${severity}: ${message}`];
  const source = text?.split(/\r?\n/)[line - 1];
  if (source !== undefined) {
    const number = String(line);
    // A window keeps the caret in sight on very long lines; tabs stay tabs so that the caret lines up.
    const from = Math.max(0, column - 81);
    const shown = source.slice(from, from + 120);
    const pad = shown.slice(0, column - 1 - from).replace(/[^\t]/g, ' ');
    lines.push(`  ${number} | ${shown}`, `  ${' '.repeat(number.length)} | ${pad}^`);
  }
  if (suggestion !== undefined) lines.push(`  ${suggestion}`);
  return lines.join('\n');
}
