import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';

/** Where the journal lies. What was appended survives the agent, not the machine. */
export interface JournalFile {
  /** All of it; empty where there is none. */
  read(): string;
  /** Returns how many bytes were added. */
  append(text: string): number;
  /** Puts this in the place of all that was there, whole or not at all; returns its bytes. */
  replace(text: string): number;
  close(): void;
}

export function journalFile(path: string): JournalFile {
  let file: number | undefined;
  return {
    read: () => (existsSync(path) ? readFileSync(path, 'utf8') : ''),
    append: (text) => writeAll((file ??= openSync(path, 'a', 0o600)), text),
    replace: (text) => {
      const fresh = openSync(`${path}.new`, 'w', 0o600);
      const bytes = writeAll(fresh, text);
      fsyncSync(fresh); // once per compaction: a rename that outlives its content would lose the spool
      renameSync(`${path}.new`, path);
      if (file !== undefined) closeSync(file);
      file = fresh;
      return bytes;
    },
    close: () => file !== undefined && closeSync(file),
  };
}

function writeAll(file: number, text: string): number {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
  return bytes.length;
}
