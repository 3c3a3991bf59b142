import { idsAt, isRefusal, type DecideContext, type Decision, type EventContext, type Json, type Message, type Refusal, type TimerChange } from '@novacron/kernel';
import { encodeCommit, encodeEvent, HASH_EVERY, hashOf, MAX_COMMIT_BYTES, MAX_COMMIT_EVENTS, NOBODY, type EffectRequest, type Recipient, type SourceCursor } from '../record.ts';
import type { Decided, Input } from './input.ts';
import type { OwnedPartition } from './partition.ts';

/** Gathers the answer to one input into one commit. */
export class Answer {
  private readonly events: Message[] = [];
  private readonly to: (readonly Recipient[])[] = [];
  private readonly texts: string[] = [];
  private readonly effects: EffectRequest[] = [];
  private readonly timers: TimerChange[] = [];
  private readonly ended: string[] = [];
  private bytes = 0;
  private answered = -1;
  private complete = true;
  private reply: Json = null;
  private refusal: Refusal | undefined;
  private readonly context: DecideContext;
  private readonly folding: EventContext;
  private readonly seq: number;
  private readonly owned: OwnedPartition;
  private readonly input: Input;
  private readonly time: number;

  constructor(owned: OwnedPartition, input: Input, time: number) {
    this.owned = owned;
    this.input = input;
    this.time = time;
    this.seq = owned.rule.nextSeq;
    this.folding = { time, topic: owned.topic, partition: owned.partition, seq: this.seq };
    this.context = { now: time, newId: idsAt(this.folding, owned.partitions) };
    if (input.kind === 'timer') this.timers.push({ id: input.id });
  }

  /** Answers one message; false where its answer no longer fits into this commit and goes into the next. */
  take(index: number, message: Message): boolean {
    const answer = this.owned.react(message, this.context);
    if (isRefusal(answer)) {
      this.refusal = answer;
      this.answered = index;
      return true;
    }
    const decision: Decision = 'events' in answer ? answer : { events: answer };
    const to = decision.events.map((event) => this.owned.recipients(event));
    const texts = decision.events.map((event, i) => encodeEvent(event, to[i]!));
    const bytes = texts.reduce((sum, text) => sum + text.length, 0) + (decision.effects?.length ? JSON.stringify(decision.effects).length : 0);
    if (this.bytes + bytes > MAX_COMMIT_BYTES || this.events.length + texts.length > MAX_COMMIT_EVENTS) {
      if (this.answered >= 0) {
        this.complete = false;
        return false;
      }
      throw new Error(`the answer to ${message.type} has ${texts.length} events and ${bytes} bytes: over the limit of a commit`);
    }
    this.bytes += bytes;
    for (const [i, event] of decision.events.entries()) {
      this.owned.fold(event, this.folding);
      this.events.push(event);
      this.to.push(to[i]!);
      this.texts.push(texts[i]!);
    }
    for (const effect of decision.effects ?? []) this.effects.push({ id: `${this.seq}.${this.effects.length}`, effect });
    if (decision.timers) this.timers.push(...decision.timers);
    if (decision.reply !== undefined) this.reply = decision.reply;
    this.end(message);
    this.answered = index;
    return true;
  }

  quarantine(index: number, reason: string): void {
    const event: Message = { type: 'Quarantined', source: originOf(this.input), index, reason: reason.slice(0, 2_000) };
    this.events.push(event);
    this.to.push(NOBODY);
    this.texts.push(encodeEvent(event, NOBODY));
    this.answered = index;
  }

  finish(): Decided | undefined {
    const { owned, input, seq, time } = this;
    const silent = this.events.length === 0 && this.effects.length === 0 && this.timers.length === 0 && this.ended.length === 0;
    if (input.kind === 'direct' && silent) {
      if (this.refusal) input.refused = this.refusal;
      else input.reply = this.reply;
      return undefined;
    }
    const cursor = this.cursor();
    owned.foldSystem(cursor, this.timers, this.effects, this.ended);
    const stateHash = (seq + 1) % HASH_EVERY === 0 ? owned.tables.hash() : undefined;
    const text = encodeCommit({
      epoch: owned.rule.epoch, owner: owned.rule.owner, seq, prev: owned.rule.head, time, eventTexts: this.texts, effects: this.effects, ended: this.ended, timers: this.timers,
      ...(input.kind !== 'source' && input.kind !== 'scan' && { cause: originOf(input) }), ...(cursor && { input: cursor }), ...(stateHash && { stateHash }),
    });
    const hash = hashOf(text);
    owned.rule = { epoch: owned.rule.epoch, owner: owned.rule.owner, nextSeq: seq + 1, head: hash };
    owned.time = time;
    const decided: Decided = {
      owned, seq, time, text, hash, events: this.events, to: this.to, effects: this.effects, rule: owned.rule, mark: owned.tables.mark(), input,
      complete: this.complete, timersChanged: this.timers.length > 0, reply: this.reply, refusal: this.refusal, waiters: [], ...(cursor && { cursor }),
    };
    owned.last = decided;
    return decided;
  }

  private end(message: Message): void {
    if (this.input.kind !== 'direct') return;
    const { effect, effects } = message as { effect?: unknown; effects?: unknown };
    const ids = Array.isArray(effects) ? (effects as string[]) : [];
    for (const id of typeof effect === 'string' ? [...ids, effect] : ids) {
      // Edges know an effect by its whole id `topic/partition/seq.n`; the partition itself by the last part.
      const own = id.slice(id.lastIndexOf('/') + 1);
      if (this.owned.isOpen(own)) this.ended.push(own);
    }
  }

  private cursor(): SourceCursor | undefined {
    if (this.input.kind === 'scan') return this.input.cursor;
    if (this.input.kind !== 'source') return undefined;
    const { topic, partition, seq, epoch, owner, head } = this.input.from;
    return { topic, partition, seq, index: this.answered, epoch, owner, head };
  }
}

function originOf(input: Input): string {
  switch (input.kind) {
    case 'source': return `${input.from.topic}/${input.from.partition}/${input.from.seq}`;
    case 'timer': return `timer:${input.id}`;
    case 'direct': return `direct:${input.message.type}`;
    case 'scan': return 'scan';
  }
}
