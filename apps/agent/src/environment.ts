/** What user code inherits of the agent's environment. Everything else, credentials first of all, stays behind. */
const INHERITED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

/** Processes that the agent of this directory started, for its successor to find (process-tree.ts). */
export const nodeMark = (dir: string): string => `NOVACRON_NODE_MARK=${dir}`;

/** Without assigned devices user code sees none: GPUs are fenced by assignment. */
export function cleanEnvironment(dir: string, gpus: readonly number[], more: Readonly<Record<string, string>>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const key of INHERITED) if (process.env[key] !== undefined) env[key] = process.env[key];
  return { ...env, ...more, NOVACRON_NODE_MARK: dir, CUDA_VISIBLE_DEVICES: gpus.join(',') };
}
