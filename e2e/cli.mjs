import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CLI = fileURLToPath(new URL('../bin/novacron.mjs', import.meta.url));

/** `{code, out, err}` of the command line on the system's own machine; `more` of its environment goes before what the system says. */
export function novacron({ dataDir, databaseUrl, env }, args, more = {}) {
  const all = { ...process.env, ...env, NOVACRON_DATA: dataDir, DATABASE_URL: databaseUrl, ...more };
  return promisify(execFile)(process.execPath, [CLI, ...args], { env: all, maxBuffer: 1 << 28 }).then(({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }), ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }));
}
