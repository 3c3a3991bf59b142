// What the code of a proving command was when it ran: a hash, so that a result cannot outlive the command that made it.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const SKIPPED = new Set(['node_modules', 'dist', '.tmp']);
const isCode = (path) => /\.(mjs|cjs|js|ts|json|sql|patch)$/.test(path) && !/\.spec\.\w+$/.test(path);

/** Hash of all code below `paths` of `root` that is not below `except`, blind to comments and layout; undefined while none of it exists. */
export function harnessHash(root, { paths, except = [] }) {
  const files = paths.filter((path) => existsSync(join(root, path))).flatMap((path) => filesBelow(root, path, except)).sort();
  if (files.length === 0) return undefined;
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\n${meaningOf(file, readFileSync(join(root, file), 'utf8'))}\n`);
  return hash.digest('hex').slice(0, 16);
}

function filesBelow(root, path, except) {
  if (except.includes(path)) return [];
  if (statSync(join(root, path)).isFile()) return isCode(path) ? [path] : [];
  return readdirSync(join(root, path)).filter((name) => !SKIPPED.has(name)).flatMap((name) => filesBelow(root, `${path}/${name}`, except));
}

/** Code without comments, printed one way: a better sentence must not cost a night of kills. */
function meaningOf(file, text) {
  if (!/\.(mjs|cjs|js|ts)$/.test(file)) return text;
  const compilerOptions = { removeComments: true, target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext };
  return ts.transpileModule(text, { compilerOptions, fileName: file.replace(/\.[mc]?js$/, '.ts') }).outputText;
}
