import type { Message } from '@novacron/kernel';
import type { Call, History } from '../seam.ts';
import { placeOf, type Commit } from './reading.ts';
import type { Report, Rule } from './rule.ts';

/** Of a gateway's idempotency key, in log time. */
const KEY_LIFE_MS = 24 * 3_600_000;

interface CommandTaken extends Message {
  readonly id: string;
  readonly command: string;
}
interface Command extends Message {
  readonly workspace: string;
  readonly idempotencyKey: string;
  readonly actor: { readonly key: string };
}
interface Taken {
  readonly command: string;
  readonly at: string;
  readonly time: number;
}

/** Invariant 1: every acknowledged command is in the log exactly once. `eventsAt` tells what stands at a position. */
export function acknowledged(report: Report, eventsAt: (position: { topic: string; partition: number; seq: number }) => readonly Message[] | undefined): Rule {
  const taken = new Map<string, Taken[]>();
  const wished = new Map<string, string>();
  const settled = new Map<string, string>();
  let unanswered: Call[] = [];
  let seen = 0;

  function take({ id, command }: CommandTaken, commit: Commit): void {
    const before = taken.get(id) ?? [];
    const last = before.at(-1);
    if (last && commit.time - last.time < KEY_LIFE_MS) report(placeOf(commit), `the key ${id} is taken by ${command}, and was taken by ${last.command} at ${last.at}`);
    taken.set(id, [...before, { command, at: placeOf(commit), time: commit.time }]);
  }

  function once(where: Map<string, string>, command: string, what: string, commit: Commit): void {
    const before = where.get(command);
    if (before !== undefined) report(placeOf(commit), `the command ${command} is ${what} again, first at ${before}`);
    else where.set(command, placeOf(commit));
  }

  function check(call: Call): void {
    const { answered, message } = call;
    if (answered?.kind !== 'acknowledged') return;
    if (message.type === 'Command') return checkCommand(call, message as Command, (answered.reply as { command: string }).command);
    if (!answered.events?.length || !answered.position) return;
    const standing = eventsAt(answered.position);
    const place = `${answered.position.topic}/${answered.position.partition}/${answered.position.seq}`;
    if (JSON.stringify(standing) !== JSON.stringify(answered.events)) report(place, `${message.type} of ${call.client} was acknowledged here, and its answer is not in the log`);
  }

  function checkCommand(call: Call, { workspace, actor, idempotencyKey }: Command, command: string): void {
    const id = `${workspace}|${actor.key}|${idempotencyKey}`;
    if (!taken.get(id)?.some((each) => each.command === command)) report(call.service, `the command ${command} was acknowledged to ${call.client} under the key ${id}, and is not in the log`);
  }

  return {
    events: { CommandTaken: take, CommandSettled: ({ command }: Message & { command: string }, commit: Commit) => once(settled, command, 'settled', commit) },
    commit(commit) {
      if (commit.topic !== 'gateway') return;
      for (const { type, command } of commit.events) if (typeof command === 'string' && type !== 'CommandTaken' && type !== 'CommandSettled') once(wished, command, 'said', commit);
    },
    step({ calls }: History) {
      for (; seen < calls.length; seen++) unanswered.push(calls[seen]!);
      const answered = unanswered.filter((call) => call.answered);
      if (answered.length === 0) return;
      unanswered = unanswered.filter((call) => !call.answered);
      answered.forEach(check);
    },
    end() {
      for (const [id, all] of taken) for (const { command, at } of all) if (!wished.has(command)) report(at, `the command ${command} of the key ${id} says nothing`);
    },
  };
}
