import type { Command } from 'commander';
import type { Client, CommitView, EventView, PartitionCountView, PartitionView, RecordView } from '@novacron/client';
import { CliError, EXIT } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import { runChild } from './local.ts';
import type { Column } from '../output.ts';
import { ago, inline, instant } from '../text.ts';
import { number, time } from '../values.ts';

interface Which {
  readonly service?: string;
  readonly partition?: number;
}
interface DumpOptions extends Which {
  readonly from?: number;
  readonly to?: number;
}
interface TailOptions {
  readonly service?: string;
  readonly run?: string;
  readonly workflow?: string;
  readonly since?: string;
  readonly cause?: string;
  readonly follow?: boolean;
}

const PAGE = 500;
/** Partitions that are read at the same time. */
const AT_ONCE = 4;

export function addLog(program: Command, invocation: Invocation): void {
  const log = program.command('log').description('the log itself, for admins of the installation');
  log.command('stat').description('what each service\'s topic holds; with --service or -o wide by partition').option('--service <name>', 'of one service').option('--partition <n>', 'of one partition', number)
    .action((options: Which) => stat(invocation, options));
  log.command('dump').description('records as they lie there, with what the rule says of each; -o json gives one to a line').requiredOption('--service <name>', 'of this service').option('--partition <n>', 'of one partition', number)
    .option('--from <seq>', 'from this commit on', number).option('--to <seq>', 'through this commit', number).action((options: DumpOptions) => dump(invocation, options));
  log.command('copy').description('write the log into an empty one elsewhere, record by record, and prove that it is the same; while nothing runs').usage('--from PLACE --to PLACE [--data DIR]   (postgres, postgres://… or kafka://…)')
    .allowUnknownOption().allowExcessArguments().helpOption(false).action((_: unknown, command: Command) => runChild(invocation, 'apps/standalone/dist/log-copy.js', command.args));
  log.command('tail').description('commits of all services, causes before effects; -o json gives one to a line').option('--service <names>', 'of these services (a,b)').option('--run <run>', 'of this run, over all services, with what led to it')
    .option('--workflow <name>', 'of this workflow').option('--since <when>', 'a time, or how long ago: 30m, 2h (10m; with --run its beginning)', time(invocation.io)).option('--cause <position>', 'a commit, what it answers, and so on to the beginning')
    .option('-f, --follow', 'go on').action((options: TailOptions) => (options.cause === undefined ? tail(invocation, options) : causes(invocation, options.cause)));
}

async function chosen(client: Client, { service, partition }: Which): Promise<PartitionView[]> {
  const all = await client.log.partitions(service);
  const found = all.filter((one) => partition === undefined || one.partition === partition);
  if (found.length === 0) throw new CliError('PartitionUnknown', `There is no partition ${service ?? ''}/${partition ?? ''}.`, EXIT.notFound);
  return found;
}

type Counted = PartitionCountView & Pick<PartitionView, 'address' | 'signed'>;

async function stat(invocation: Invocation, which: Which): Promise<void> {
  const client = await invocation.client();
  const waiting = await chosen(client, which);
  const counted: Counted[] = new Array<Counted>(waiting.length);
  let next = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let i = next++; i < waiting.length; i = next++) {
      const { service, partition, address, signed } = waiting[i]!;
      counted[i] = { ...(await client.log.count(service, partition)), address, signed };
    }
  }));
  const byPartition = which.service !== undefined || which.partition !== undefined || invocation.options.output !== 'table';
  await invocation.output.list(byPartition ? counted : byTopic(counted), columns(invocation.io.ports.clock.now(), byPartition), 'The log is empty.');
}

function columns(now: number, byPartition: boolean): Column<Counted>[] {
  const ignored = (counts: Counted['ignored']) => Object.entries(counts).map(([kind, count]) => `${count} ${kind}`).join(', ') || '0';
  return [
    { title: byPartition ? 'PARTITION' : 'SERVICE', of: ({ topic, partition }) => (byPartition ? `${topic}/${partition}` : topic) }, { title: 'COMMITS', of: ({ commits }) => commits }, { title: 'CLAIMS', of: ({ claims }) => claims },
    { title: 'EPOCH', of: ({ epoch }) => epoch }, { title: 'EVENTS', of: ({ events }) => events }, { title: 'KIB', of: ({ bytes }) => Math.ceil(bytes / 1024) }, { title: 'IGNORED', of: ({ ignored: counts }) => ignored(counts) },
    { title: 'LAST', of: ({ lastTime }) => ago(lastTime, now) }, { title: 'OWNER', of: ({ address }) => address }, { title: 'SIGNED', of: ({ signed }) => signed, wide: true }, { title: 'ROWS', of: ({ rows }) => rows, wide: true },
  ];
}

/** Sums of each service's partitions; its newest epoch, time and owner. */
function byTopic(counted: readonly Counted[]): Counted[] {
  const topics = new Map<string, Counted>();
  for (const one of counted) {
    const sum = topics.get(one.topic);
    topics.set(one.topic, sum ? added(sum, one) : one);
  }
  return [...topics.values()];
}

function added(a: Counted, b: Counted): Counted {
  const ignored = { ...a.ignored };
  for (const [kind, count] of Object.entries(b.ignored)) ignored[kind] = (ignored[kind] ?? 0) + count;
  const addresses = new Set([...a.address.split(' '), b.address]);
  return {
    ...a, ignored, commits: a.commits + b.commits, claims: a.claims + b.claims, epoch: Math.max(a.epoch, b.epoch), events: a.events + b.events, bytes: a.bytes + b.bytes, rows: a.rows + b.rows,
    lastTime: Math.max(a.lastTime ?? 0, b.lastTime ?? 0) || null, address: [...addresses].join(' '),
  };
}

async function dump(invocation: Invocation, { from = 0, to, ...which }: DumpOptions): Promise<void> {
  const client = await invocation.client();
  for (const { service, partition } of await chosen(client, which)) {
    for (let next: number | undefined = from; next !== undefined; ) {
      const page: { items: readonly RecordView[]; next?: number } = await client.log.records(service, partition, { from: next, limit: PAGE, ...(to !== undefined && { to }) });
      for (const shown of page.items) await line(invocation, shown, () => recordLine(shown));
      next = page.next;
    }
  }
}

async function tail(invocation: Invocation, options: TailOptions): Promise<void> {
  const client = await invocation.client();
  const stop = new AbortController();
  const end = invocation.io.onInterrupt(() => {
    invocation.exitCode = EXIT.interrupted;
    stop.abort();
  });
  const { workspace } = invocation.options;
  try {
    for await (const commit of client.log.commits({ ...options, ...(workspace && { workspace }), signal: stop.signal })) await line(invocation, commit, () => commitLine(commit));
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    end();
  }
}

async function causes(invocation: Invocation, position: string): Promise<void> {
  const found = await (await invocation.client()).log.causes(position);
  for (const shown of found) await line(invocation, shown, () => recordLine(shown));
}

/** One thing to a line, for programs and people alike: what is long is read as it comes. */
async function line({ io, options, output }: Invocation, value: unknown, human: () => string): Promise<void> {
  if (options.output === 'json') return io.out(`${JSON.stringify(value)}\n`);
  await output.one(value, human);
}

function recordLine({ position, verdict, record }: RecordView): string {
  if (record.kind === 'unreadable') return `${position} UNREADABLE ${record.text!.slice(0, 100)}`;
  const head = `${position} ${instant(record.time)} epoch ${record.epoch}${verdict === record.kind ? '' : ` IGNORED (${verdict})`}`;
  if (record.kind === 'claim') return `${head} claimed by ${record.owner} at ${record.address}`;
  const { input, cause, events = [], effects = [] } = record;
  const asked = effects.map(({ effect }) => `→ ${eventText(effect)}`);
  return [`${head} ← ${input ? `${input.topic}.${input.partition}.${input.seq}` : (cause ?? '?')}`, ...events.map(eventText), ...asked].join('  ');
}

const commitLine = ({ position, time: at, cause, events }: CommitView): string => [`${instant(at)} ${position} ← ${cause ?? '?'}`, ...events.map(eventText)].join('  ');

/** An event with the fields that say which thing it is about. */
function eventText({ type, ...fields }: EventView): string {
  const shown = Object.entries(fields).filter(([, value]) => typeof value === 'string' || typeof value === 'number').slice(0, 6);
  return `${type}(${shown.map(([name, value]) => `${name}=${inline(value).slice(0, 40)}`).join(' ')})`;
}
