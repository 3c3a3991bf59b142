const SELECTABLE = /^(?!(?:in|true|false|null|as|break|const|continue|else|for|function|if|import|let|loop|package|namespace|return|var|void|while)$)[A-Za-z_]\w*$/;

/** How an expression names a member: `tasks.prepare`, or `tasks["prepare-data"]` where CEL would read a subtraction. */
export function memberPath(root: string, name: string): string {
  return SELECTABLE.test(name) ? `${root}.${name}` : `${root}[${JSON.stringify(name)}]`;
}
