/** A reason not to start that its reader can act on: the message is one sentence with what to do, without secrets, and is shown without a stack. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}

const says: Record<string, string> = {
  ENOSPC: 'the disk is full: free some space',
  EDQUOT: 'the disk quota is used up: free some space',
  EROFS: 'the file system is read-only: choose another directory',
  EACCES: 'it is not writable for this user: choose another directory or change its owner',
  EPERM: 'it is not writable for this user: choose another directory or change its owner',
  ENOTDIR: 'a part of the path is a file: choose another directory',
  ENOENT: 'it cannot be made there (a read-only or special file system?): choose another directory',
  EEXIST: 'a file of that name is in the way: choose another directory',
};

/** The sentence for a file system error met in `dir`, or the error itself when it is of another kind. */
export function explainWrite(dir: string, error: unknown): unknown {
  const what = says[(error as NodeJS.ErrnoException).code ?? ''];
  return what === undefined ? error : new CannotStart(`Cannot write to ${dir}: ${what}.`);
}
