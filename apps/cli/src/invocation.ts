import type { Client, WorkspaceView } from '@novacron/client';
import { Option, type Command } from 'commander';
import { CliError, EXIT, type ExitCode } from './exit-codes.ts';
import { findServer } from './find-server.ts';
import type { Io } from './io.ts';
import { Output, type Format } from './output.ts';

interface GlobalOptions {
  readonly url?: string;
  readonly key?: string;
  readonly data?: string;
  readonly workspace?: string;
  readonly at?: string;
  readonly output: Format;
}

/** How long a command repeats what nobody answers: a restart of the services takes about two seconds. */
const PATIENCE_MS = 5_000;
/** A moment of the past may first have to be put together from the log. */
const PAST_PATIENCE_MS = 180_000;
const SYSTEM = 'system';

/** One call of the program: its options, its server, its exit code. */
export class Invocation {
  readonly io: Io;
  exitCode: ExitCode = EXIT.ok;
  private readonly program: Command;
  private opened: Promise<Client> | undefined;

  constructor(program: Command, io: Io) {
    this.io = io;
    this.program = program
      .option('-w, --workspace <name>', 'workspace (NOVACRON_WORKSPACE; else the only one there is)')
      .addOption(new Option('-o, --output <format>', 'form of the answer').choices(['table', 'wide', 'json', 'yaml']).default('table'))
      .option('--at <moment>', 'read as it was: a time with its zone such as 2026-03-01T10:00Z, or a position')
      .option('--url <address>', 'address of the server (NOVACRON_URL)')
      .option('--key <key>', 'API key (NOVACRON_API_KEY)')
      .option('--data <dir>', 'data directory of a server on this machine (NOVACRON_DATA; else .novacron in the clone)');
  }

  get options(): GlobalOptions {
    return this.program.opts();
  }

  get output(): Output {
    return new Output(this.io, this.options.output);
  }

  client(): Promise<Client> {
    return (this.opened ??= this.connect());
  }

  /** What ages are counted from, ms: the moment that is read, where it is a time. */
  get now(): number {
    const { at } = this.options;
    const time = at === undefined || !/^\d{4}-/.test(at) ? Number.NaN : Date.parse(at);
    return Number.isNaN(time) ? this.io.ports.clock.now() : time;
  }

  private async connect(): Promise<Client> {
    const { createClient } = await import('@novacron/client');
    const { at } = this.options;
    return createClient({ ...findServer(this.options, this.io), ports: this.io.ports, patience: at === undefined ? PATIENCE_MS : PAST_PATIENCE_MS, ...(at !== undefined && { at }) });
  }

  async workspace(): Promise<string> {
    const named = this.options.workspace ?? this.io.env['NOVACRON_WORKSPACE'];
    if (named) return named;
    const teams = (await (await this.client()).workspaces.list()).map(({ name }: WorkspaceView) => name).filter((name) => name !== SYSTEM);
    if (teams.length === 1) return teams[0]!;
    const what = teams.length === 0 ? 'There is no workspace yet: npx novacron workspace create <name>.' : `Say which workspace is meant: ${teams.map((name) => `-w ${name}`).join(', ')}.`;
    throw new CliError('WorkspaceMissing', what);
  }

  /** Client and workspace: what almost every command begins with. */
  async open(): Promise<{ client: Client; ws: string }> {
    return { client: await this.client(), ws: await this.workspace() };
  }
}
