import { SERVICES } from '@novacron/contracts';
import { encodePosition, type Message } from '@novacron/kernel';
import { causesOf, nameOf, partitionNamed, ruleBefore, seqNear, type Commit } from '@novacron/log';
import type { Cursor, Followed } from '@novacron/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Row } from '../projections/tables.ts';
import type { Edge } from './edge.ts';
import type { Caller } from './key-directory.ts';

export interface WantedCommits {
  readonly caller: Caller;
  readonly services: readonly string[];
  readonly run: Row<'run'> | undefined;
  readonly workflow: string | undefined;
  readonly workspace: string | undefined;
  /** Log time, ms. */
  readonly since: number;
  readonly follow: boolean;
}

/** One commit as a line of the stream. */
export interface CommitLine {
  readonly position: string;
  readonly epoch: number;
  readonly time: number;
  /** What it answers: a commit's position; `command`, `timer:<id>` or `effect` where that was no commit. */
  readonly cause: string | null;
  readonly events: readonly Message[];
}

/** What comes behind the end of a run that is still of it: releases, deliveries, the last lines of its files. */
const AFTERMATH_MS = 60_000;
const MOST_CAUSES = 20;
const BEAT_MS = 15_000;

/** Sends commits as JSON lines, causes before effects, from a time on; those of a run with what caused it before them. */
export async function sendCommits(edge: Edge, request: FastifyRequest, reply: FastifyReply, wanted: WantedCommits): Promise<FastifyReply> {
  const heads = await edge.records.heads(wanted.services);
  const from = await cursorsAt(edge, heads, wanted.since);
  reply.hijack();
  const response = reply.raw;
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  const send = async (lines: readonly string[]) => {
    if (lines.length > 0 && !response.write(lines.join('')) && !response.closed) await new Promise<void>((go) => void response.once('drain', go).once('close', go));
  };
  if (wanted.run) await send(await causeLines(edge, wanted.run));
  const open = openEnds(heads, from, wanted.follow);
  let end = () => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  if (!wanted.follow && open.size === 0) end();
  request.raw.on('close', end);
  const following = edge.feed.follow(wanted.services, from, async (batch) => {
    await send(batch.flatMap((commit) => lineOf(commit, wanted)));
    for (const commit of batch) if (commit.seq + 1 >= (open.get(nameOf(commit)) ?? Infinity) || commit.time > limitOf(wanted)) open.delete(nameOf(commit));
    if (!wanted.follow && open.size === 0) end();
  });
  const stopBeat = beat(edge, () => (edge.directory.isLive(wanted.caller) ? void response.write('\n') : end()));
  await ended;
  stopBeat();
  await following.stop();
  response.end();
  return reply;
}

const limitOf = ({ run }: WantedCommits) => (run?.endedAt ? run.endedAt + AFTERMATH_MS : Infinity);

async function cursorsAt({ records }: Edge, heads: Awaited<ReturnType<Edge['records']['heads']>>, since: number): Promise<Map<string, Cursor>> {
  const from = new Map<string, Cursor>();
  for (const [name, head] of heads) {
    const source = partitionNamed(name);
    // Times may be equal: what is of the same millisecond is wanted.
    const seq = await seqNear(records, source, since - 1, head);
    const rule = seq < 0 ? undefined : await ruleBefore(records, source, seq + 1);
    if (rule) from.set(name, rule as unknown as Cursor);
  }
  return from;
}

/** Partitions that are not read to where they ended when the question came, by their next commit then. */
function openEnds(heads: ReadonlyMap<string, { readonly nextSeq: number }>, from: ReadonlyMap<string, Cursor>, follow: boolean): Map<string, number> {
  if (follow) return new Map();
  const begun = (name: string) => (from.get(name) as { nextSeq: number } | undefined)?.nextSeq ?? 0;
  return new Map([...heads].filter(([name, { nextSeq }]) => nextSeq > begun(name)).map(([name, { nextSeq }]) => [name, nextSeq]));
}

function lineOf(commit: Followed, { since, run, workflow, workspace, ...wanted }: WantedCommits): string[] {
  if (commit.time < since || commit.time > limitOf({ since, run, workflow, workspace, ...wanted })) return [];
  const narrow = run !== undefined || workflow !== undefined || workspace !== undefined;
  const events = narrow ? commit.events.filter((event) => (!run || event.run === run.id) && (!workflow || event.workflow === workflow) && (!workspace || event.workspace === workspace)) : commit.events;
  if (narrow && events.length === 0) return [];
  return [textOf({ position: encodePosition(commit), epoch: commit.epoch, time: commit.time, cause: commit.source ? encodePosition(commit.source) : (commit.cause ?? null), events })];
}

const textOf = (line: CommitLine): string => `${JSON.stringify(line)}\n`;

/** What led to a run, oldest first: its id tells where it was admitted. */
async function causeLines({ records }: Edge, { id }: Row<'run'>): Promise<string[]> {
  const [, prefix, partition, seq] = /^([a-z]{3})([0-9a-z]+)-([0-9a-z]+)/.exec(id) ?? [];
  const topic = SERVICES.find((service) => service.startsWith(prefix ?? '-'));
  if (!topic) return [];
  const chain = (await causesOf(records, { topic, partition: Number.parseInt(partition!, 36), seq: Number.parseInt(seq!, 36) }, MOST_CAUSES)) ?? [];
  // A run that was asked for has the id of its command: that commit knows of no run yet, and is a cause itself.
  const led = chain.map(({ position, record }) => ({ position, ...(record as Commit) })).filter(({ events }) => !events.some((event) => event.run === id));
  return led.reverse().map(({ position, epoch, time, input, cause, events }) => {
    return textOf({ position, epoch, time, cause: input ? encodePosition({ topic: input.topic, partition: input.partition, seq: input.seq }) : (cause ?? null), events });
  });
}

/** Shows that the connection lives. */
function beat({ ports }: Edge, show: () => void): () => void {
  let cancel = () => {};
  const next = () => {
    cancel = ports.timers.after(BEAT_MS, () => (show(), next()));
  };
  next();
  return () => cancel();
}
