import { existsSync, statSync } from 'node:fs';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { AuditView, Client, SignedHeadView } from '@novacron/client';
import { EXIT } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import type { Column } from '../output.ts';
import { ago, inline, instant } from '../text.ts';
import { number, time } from '../values.ts';
import { runChild } from './local.ts';

interface ListOptions {
  readonly actor?: string;
  readonly operation?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
}

/** How often new heads are asked for with --follow; ms. */
const LOOK_MS = 5_000;

export function addAudit(program: Command, invocation: Invocation): void {
  const audit = program.command('audit').description('who asked for what; and the log, checked against its signed heads');
  audit.command('list').description('who asked for what, when, from where, with which key, and what came of it').option('--actor <key>', 'id or name of a key').option('--operation <name>', 'of this kind')
    .option('--since <when>', 'a time, or how long ago: 2h, 3d', time(invocation.io)).option('--until <when>', 'a time, or how long ago', time(invocation.io)).option('--limit <n>', 'at most', number, 100)
    .action((options: ListOptions) => list(invocation, options));
  audit.command('verify').description('read the whole log as it lies there, and check every record, link and signed head').usage('[--heads FILE] [--public-key FILE] [--range SERVICE[/PARTITION[:FROM-TO]]] [--data DIR]')
    .allowUnknownOption().allowExcessArguments().helpOption(false).action((_: unknown, command: Command) => runChild(invocation, 'apps/standalone/dist/audit.js', command.args));
  audit.command('heads').description('signed heads; to be kept where nobody who can change the log can change them').option('--export <file>', 'append those that are not in it yet to a file, or heads.jsonl of a directory; - is stdout')
    .option('-f, --follow', 'go on').action((options: { export?: string; follow?: boolean }) => heads(invocation, options));
  audit.command('key').description('the public key that checks signed heads').action(async () => {
    const { publicKey } = await (await invocation.client()).heads.newest();
    await invocation.output.one({ publicKey }, () => publicKey.trim());
  });
}

async function list(invocation: Invocation, { limit, ...query }: ListOptions): Promise<void> {
  const { client, ws } = await invocation.open();
  const items: AuditView[] = [];
  for (let cursor: string | undefined; items.length < limit; ) {
    const page = await client.audit(ws, { ...query, limit: Math.min(1_000, limit - items.length), ...(cursor && { cursor }) });
    items.push(...page.items);
    if (!(cursor = page.next)) break;
  }
  const now = invocation.io.ports.clock.now();
  const columns: Column<AuditView>[] = [
    { title: 'AGO', of: ({ at }) => ago(at, now) }, { title: 'TIME', of: ({ at }) => instant(at), wide: true }, { title: 'KEY', of: ({ actor }) => actor.name }, { title: 'KEY ID', of: ({ actorKey }) => actorKey, wide: true },
    { title: 'FROM', of: ({ actor }) => actor.ip }, { title: 'BY', of: ({ actor }) => actor.auth, wide: true }, { title: 'ASKED', of: ({ operation }) => operation }, { title: 'ABOUT', of: ({ detail }) => about(detail) },
    { title: 'OUTCOME', of: ({ outcome }) => (outcome ? `${outcome.status} ${outcome.code ?? outcome.type}` : 'pending') }, { title: 'COMMAND', of: ({ id }) => id, wide: true },
  ];
  await invocation.output.list(items, columns, `Nothing was asked in ${ws}${Object.keys(query).length ? ' that fits' : ''}.`);
}

/** The parts of what was asked that tell one thing from another. */
const about = (detail: AuditView['detail']): string => Object.entries(detail).filter(([, value]) => typeof value !== 'object' || value === null).map(([name, value]) => `${name}=${inline(value)}`).join(' ').slice(0, 80);

async function heads(invocation: Invocation, { export: to, follow }: { export?: string; follow?: boolean }): Promise<void> {
  const { io, output } = invocation;
  const client = await invocation.client();
  if (to === undefined && !follow) return newest(invocation, await client.heads.newest());
  const file = to === undefined || to === '-' ? undefined : fileOf(resolve(io.cwd, to));
  const known = file ? await knownIn(file) : new Map<string, number>();
  const stop = new AbortController();
  const end = io.onInterrupt(() => {
    invocation.exitCode = EXIT.interrupted;
    stop.abort();
  });
  try {
    do {
      const lines = await linesAfter(client, known);
      if (!file) lines.forEach((line) => io.out(`${line}\n`));
      else if (lines.length > 0) await append(file, lines);
      if (file && !output.isPlain && (lines.length > 0 || !follow)) io.err(`${lines.length} signed heads appended to ${file}\n`);
      if (follow && !stop.signal.aborted) await rest(invocation, stop.signal);
    } while (follow && !stop.signal.aborted);
  } finally {
    end();
  }
}

async function newest({ io, output }: Invocation, found: { publicKey: string; items: readonly SignedHeadView[] }): Promise<void> {
  if (output.isPlain) return output.one(found, () => '');
  const now = io.ports.clock.now();
  const said = (head: SignedHeadView) => JSON.parse(head.line) as { seq: number; epoch: number; time: number; head: string };
  await output.list(found.items, [
    { title: 'PARTITION', of: ({ topic, partition }) => `${topic}/${partition}` }, { title: 'HEAD', of: ({ n }) => n }, { title: 'COMMIT', of: (head) => said(head).seq }, { title: 'EPOCH', of: (head) => said(head).epoch },
    { title: 'SIGNED', of: (head) => ago(said(head).time, now) }, { title: 'HASH', of: (head) => said(head).head, wide: true },
  ], 'No head is signed yet.');
}

const fileOf = (path: string): string => (existsSync(path) && statSync(path).isDirectory() ? join(path, 'heads.jsonl') : path);

/** Number of the last line of each partition that a file has already. */
async function knownIn(file: string): Promise<Map<string, number>> {
  const known = new Map<string, number>();
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  for (const line of text.split('\n').filter(Boolean)) {
    const { topic, partition, n } = JSON.parse(line) as SignedHeadView;
    known.set(`${topic}/${partition}`, Math.max(n, known.get(`${topic}/${partition}`) ?? -1));
  }
  return known;
}

async function linesAfter(client: Client, known: Map<string, number>): Promise<string[]> {
  const lines: string[] = [];
  for (const { topic, partition, n } of (await client.heads.newest()).items) {
    const name = `${topic}/${partition}`;
    for (let from = (known.get(name) ?? -1) + 1; from <= n; from = known.get(name)! + 1) {
      const page = await client.heads.list(topic, partition, from);
      if (page.length === 0) break;
      lines.push(...page.map(({ line }) => line));
      known.set(name, page.at(-1)!.n);
    }
  }
  return lines;
}

async function append(file: string, lines: readonly string[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await appendFile(file, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
}

function rest({ io }: Invocation, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const cancel = io.ports.timers.after(LOOK_MS, done);
    signal.addEventListener('abort', () => (cancel(), done()), { once: true });
  });
}
