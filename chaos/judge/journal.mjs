import { readFileSync } from 'node:fs';

/** What user code did, in the order in which it was written: `{at, run, task, attempt, id, what, parent}`; a line cut by a full disk is no line. */
export function readJournal(file) {
  return readFileSync(file, 'utf8').split('\n').flatMap((line) => {
    try {
      const { at, attempt: id, what, parent } = JSON.parse(line);
      const [run, last] = [id.indexOf('/'), id.lastIndexOf('/')];
      return [{ at, id, run: id.slice(0, run), task: id.slice(run + 1, last), attempt: Number(id.slice(last + 1)), what, parent }];
    } catch {
      return [];
    }
  });
}

export const grouped = (items, keyOf) => {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
};
