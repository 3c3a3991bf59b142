import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CannotStart, identify, startPostgres } from '@novacron/log/embedded';
import { startProgram, type Program } from './child.ts';
import { Interrupted, type ChildKind, type Running } from './supervisor.ts';

/** The scripts that the supervised processes run. */
export interface Programs {
  readonly services: string;
  readonly agent: string;
  readonly example: string;
}

export interface StackOptions {
  readonly dataDir: string;
  readonly port: number;
  /** Where the example's receiver listens; none where no example runs. */
  readonly receiver: number | null;
  readonly programs: Programs;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
  /** Called when PostgreSQL came back at another address. */
  readonly onMoved: () => void;
}

/** Variables of which agent and example hear nothing. */
const OF_SERVICES = /^(DATABASE_URL|NOVACRON_LOG|NOVACRON_KAFKA_\w+)$/;
const readyWithinMs = 60_000;
/** Exit code of services that met an absent database. */
const tryAgain = 75;

/** The kinds of processes that `npm start` runs, with what each is told by its environment. */
export class Stack {
  readonly #options: StackOptions;
  #databaseUrl: string;
  #apiUrl: string;

  constructor(options: StackOptions) {
    this.#options = options;
    this.#databaseUrl = options.env['DATABASE_URL'] ?? '';
    this.#apiUrl = `http://127.0.0.1:${options.port}`;
  }

  /** Where the API answers; known for sure once the services are ready. */
  get apiUrl(): string {
    return this.#apiUrl;
  }

  readonly postgres: ChildKind = {
    name: 'PostgreSQL',
    isRecorded: false, // its launcher finds it by its data directory
    start: async (spawned) => {
      const { dataDir, log, onMoved } = this.#options;
      const { url, pid, startedAt, exited, stop } = await startPostgres({ dataDir, log });
      const running: Running = { pid, startedAt, exited, stop };
      spawned(running);
      const moved = this.#databaseUrl !== '' && this.#databaseUrl !== url;
      this.#databaseUrl = url;
      if (moved) onMoved();
      return running;
    },
  };

  readonly services: ChildKind = {
    name: 'services',
    isRecorded: true,
    start: async (spawned) => {
      const program = startProgram({ name: 'services', script: this.#options.programs.services, logFile: this.#log('services'), graceMs: 1200, env: this.#env({ ...this.#logEnv(), DATABASE_URL: this.#databaseUrl, NOVACRON_PORT: String(this.#options.port), ...this.#webhookAllow() }) });
      spawned(program);
      this.#apiUrl = await this.#ready(program);
      return program;
    },
  };

  readonly agent: ChildKind = {
    name: 'agent',
    isRecorded: true,
    start: async (spawned) => {
      const { dataDir, programs, env } = this.#options;
      const name = env['NOVACRON_NODE'] ?? 'local';
      const program = startProgram({ name: 'agent', script: programs.agent, logFile: this.#log('agent'), graceMs: 1000, env: this.#env({ NOVACRON_URL: this.#apiUrl, NOVACRON_NODE: name, NOVACRON_NODE_DIR: join(dataDir, 'nodes', name), NOVACRON_NODE_TOKEN_FILE: join(dataDir, 'node.token') }) });
      spawned(program);
      return program;
    },
  };

  /** Runs the example on our terminal. */
  startExample(): Program {
    return startProgram({ name: 'example', script: this.#options.programs.example, logFile: null, graceMs: 300, env: this.#env({ NOVACRON_URL: this.#apiUrl, NOVACRON_API_KEY_FILE: join(this.#options.dataDir, 'admin.key'), NOVACRON_EXAMPLE_PORT: String(this.#options.receiver ?? 0) }) });
  }

  #webhookAllow(): NodeJS.ProcessEnv {
    const { env, receiver } = this.#options;
    return receiver === null ? {} : { NOVACRON_WEBHOOK_ALLOW: [env['NOVACRON_WEBHOOK_ALLOW'] ?? '', `127.0.0.1:${receiver}`].join(' ').trim() };
  }

  #logEnv(): NodeJS.ProcessEnv {
    return Object.fromEntries(Object.entries(this.#options.env).filter(([name]) => OF_SERVICES.test(name)));
  }

  #log(name: string): string {
    return join(this.#options.dataDir, `${name}.log`);
  }

  /** Addresses and passwords of database and log go only to those they are given to here: agent and example run code of users. */
  #env(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const inherited = Object.fromEntries(Object.entries(this.#options.env).filter(([name]) => !OF_SERVICES.test(name)));
    const self = identify(process.pid);
    return { ...inherited, NOVACRON_DATA: this.#options.dataDir, NOVACRON_SUPERVISOR: `${process.pid}:${self?.startedAt}`, ...own };
  }

  /** Ready means: server.json is of this very process, and its address says so. */
  async #ready(program: Program): Promise<string> {
    let end: number | string | null | undefined;
    void program.exited.then((code) => (end = code), () => (end = null));
    const deadline = performance.now() + readyWithinMs;
    while (performance.now() < deadline) {
      if (end !== undefined) {
        const Reason = end === 0 || end === tryAgain || typeof end === 'string' ? Interrupted : CannotStart;
        throw new Reason(program.lastWords() || `The services ended at start (${end}); see ${this.#log('services')}.`);
      }
      const url = readServer(this.#options.dataDir, program.pid);
      if (url !== null && (await isReady(url))) return url;
      await delay(15);
    }
    await program.stop();
    throw new CannotStart(`The services were not ready within ${readyWithinMs / 1000} s; see ${this.#log('services')}.`);
  }
}

function readServer(dataDir: string, pid: number): string | null {
  try {
    const server = JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8')) as { pid?: number; url?: string };
    return server.pid === pid ? (server.url ?? null) : null;
  } catch {
    return null; // not yet, or half written
  }
}

async function isReady(url: string): Promise<boolean> {
  return fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(2000) }).then((response) => response.status === 200, () => false);
}
