// Paths that documents name and that are not there: an "Enforced by" line must not outlive its test.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const SKIPPED = new Set(['node_modules', 'dist', '.git', '.nx']);

/** Sentences about dead relative links, and about dead paths in `code` that begin at the root. */
export function deadPaths(root) {
  return pagesBelow(root).flatMap((page) => {
    const text = readFileSync(page, 'utf8').replace(/```[\s\S]*?```/g, '');
    const links = [...text.replace(/`[^`\n]*`/g, '').matchAll(/\]\((?![a-z]+:)([^)#\s]+)/g)].map(([, path]) => join(dirname(page), path));
    const paths = [...text.matchAll(/`((?:libs|services|apps|scripts|e2e|docs|examples|bench)\/[\w./-]+\.(?:ts|mjs|cjs|md))`/g)].map(([, path]) => join(root, path));
    return [...links, ...paths].filter((path) => !existsSync(path)).map((path) => `${relative(root, page)} names ${relative(root, path)}, which is not there.`);
  });
}

function pagesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return SKIPPED.has(entry.name) || entry.name.startsWith('.novacron') ? [] : pagesBelow(join(folder, entry.name));
    return entry.name.endsWith('.md') ? [join(folder, entry.name)] : [];
  });
}
