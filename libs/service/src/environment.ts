import { readFileSync } from 'node:fs';

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that hold secrets, which containers are given as files. */
const AS_FILES = ['DATABASE_URL', 'NOVACRON_KEK'];

/** The environment with the content of `<NAME>_FILE` as `<NAME>`, for settings that hold secrets; throws where a file cannot be read or both are set. */
export function withFiles(env: Environment): Environment {
  const read = AS_FILES.flatMap((name) => {
    const file = env[`${name}_FILE`];
    if (file === undefined || file === '') return [];
    if (env[name]) throw new Error(`${name} and ${name}_FILE are both set: take one away`);
    return [[name, contentOf(name, file)] as const];
  });
  return { ...env, ...Object.fromEntries(read) };
}

function contentOf(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Error(`${name}_FILE names ${file}, which cannot be read: ${(error as Error).message}`);
  }
}

/** Where others reach this process; `url` is where it listens. One that listens on every address is reached by its machine's (or container's) name. */
export function addressOf({ NOVACRON_ADDRESS: given }: Environment, host: string, url: string, machine: string): string {
  if (given !== undefined && given !== '') {
    if (!/^https?:\/\/[^/]+$/.test(given)) throw new Error(`NOVACRON_ADDRESS must be http://host:port or https://host:port, not "${given}"`);
    return given;
  }
  return host === '0.0.0.0' || host === '::' ? `http://${machine}:${new URL(url).port}` : url;
}
