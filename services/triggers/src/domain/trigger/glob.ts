/** Whether a name matches a glob of `*` and `?`; at most the product of both lengths in steps, whatever the glob. */
export function matchesGlob(glob: string, name: string): boolean {
  let g = 0;
  let n = 0;
  let star = -1;
  let tried = 0;
  while (n < name.length) {
    if (glob[g] === '*') {
      star = g++;
      tried = n;
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === name[n])) {
      g++;
      n++;
    } else if (star >= 0) {
      g = star + 1;
      n = ++tried;
    } else return false;
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}
