import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { name, type Capacity } from '@novacron/contracts';
import { detectGpus } from './gpus.ts';
import type { ProcessIdentity } from './process-tree.ts';

/** What `<node dir>/agent.json` may say; what it leaves out is found out. */
const settings = z.strictObject({
  pool: name.default('default'),
  cpu: z.number().positive().optional(),
  /** MiB. */
  memory: z.number().int().positive().optional(),
  /** Declared devices, and shown as declared. */
  gpus: z.array(z.object({ type: z.string(), memory: z.number() })).optional(),
  labels: z.record(z.string(), z.string()).optional(),
});

export interface Config {
  /** Gateway. */
  readonly url: string;
  readonly node: string;
  readonly dir: string;
  readonly tokenFile: string;
  readonly pool: string;
  readonly capacity: Capacity;
  readonly supervisor: ProcessIdentity | undefined;
}

/** A sentence for the person who starts the agent. */
export class ConfigError extends Error {}

/** Reads environment and settings file; the only reader of process.env here. */
export async function readConfig(env: Readonly<Record<string, string | undefined>>): Promise<Config> {
  const url = required(env, 'NOVACRON_URL', 'the address of the gateway, e.g. http://127.0.0.1:7400');
  if (!URL.canParse(url) || !/^https?:/.test(url)) throw new ConfigError(`NOVACRON_URL is ${JSON.stringify(url)}, which is no http(s) address.`);
  const node = required(env, 'NOVACRON_NODE', 'the name of this node');
  if (!name.safeParse(node).success) throw new ConfigError(`NOVACRON_NODE is ${JSON.stringify(node)}; a name has lower-case letters, digits, '.', '_', '-', at most 64.`);
  const dir = resolve(env.NOVACRON_NODE_DIR ?? join(required(env, 'NOVACRON_DATA', 'the data directory (or set NOVACRON_NODE_DIR)'), 'nodes', node));
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const found = readSettings(join(dir, 'agent.json'));
  return {
    url: url.replace(/\/+$/, ''), node, dir, pool: found.pool,
    tokenFile: resolve(env.NOVACRON_NODE_TOKEN_FILE ?? join(dir, 'token')),
    capacity: {
      cpu: found.cpu ?? availableParallelism(),
      memory: found.memory ?? installedMemory(),
      gpus: found.gpus?.map((gpu, index) => ({ index, ...gpu })) ?? (await detectGpus()),
      declared: found.gpus !== undefined,
    },
    supervisor: readSupervisor(env.NOVACRON_SUPERVISOR),
  };
}

function required(env: Readonly<Record<string, string | undefined>>, key: string, what: string): string {
  const value = env[key];
  if (!value) throw new ConfigError(`${key} is not set. Set it to ${what}.`);
  return value;
}

function readSettings(path: string): z.infer<typeof settings> {
  if (!existsSync(path)) return settings.parse({});
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError(`${path} is not JSON: ${(error as Error).message}.`);
  }
  const parsed = settings.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ConfigError(`${path}: ${issue!.path.join('.') || 'the file'}: ${issue!.message}. Known are pool, cpu, memory, gpus [{type, memory}], labels.`);
}

function installedMemory(): number {
  const limit = process.constrainedMemory();
  return Math.floor((limit > 0 && limit < totalmem() ? limit : totalmem()) / 1024 / 1024);
}

/** `<pid>:<start time>`, the latter as in /proc/<pid>/stat field 22. */
function readSupervisor(text: string | undefined): ProcessIdentity | undefined {
  if (!text) return undefined;
  const [, pid, startedAt] = /^(\d+):(.+)$/.exec(text) ?? [];
  if (pid === undefined) throw new ConfigError(`NOVACRON_SUPERVISOR is ${JSON.stringify(text)}; expected <pid>:<start time>.`);
  return { pid: Number(pid), startedAt: startedAt! };
}
