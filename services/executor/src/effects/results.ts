import { attemptId, type AttemptResult } from '@novacron/contracts';
import { backoff, delay, isRefusal, type Message, type Ports } from '@novacron/kernel';
import { Unavailable, type ServiceLog } from '@novacron/service';
import type { AttemptsEnded, Mark } from '../domain/attempt/messages.ts';
import type { Node } from './node.ts';
import type { OpenAttempt, OpenAttempts } from './open-attempts.ts';

/** Results in one input: within the limits of a commit (256 KiB, 500 events). */
const BATCH_RESULTS = 256;
const BATCH_BYTES = 128 * 1024;
/** Larger outputs belong into files. */
export const OUTPUT_BYTES = 64 * 1024;
const KEPT_TEXT = 4_000;
/** Inputs of one partition that await the log at once: the second is decided while the first is written; more results are merged meanwhile. */
const IN_FLIGHT = 2;
/** How long a result (or a stop) waits for its order's effect to be told again after a take-over. */
export const UNKNOWN_MS = 2_000;

interface Pending {
  readonly id: string;
  /** Key of the node that reported it: its record may be another one by the time of the answer. */
  readonly node: string;
  readonly result: AttemptResult;
  readonly bytes: number;
}

/** Brings agents' results into the log, and says `acknowledged` once they are there. */
export class Results {
  private readonly waiting = new Map<number, Map<string, Pending>>();
  private readonly inFlight = new Map<number, number>();
  /** Results that came before this process was told of their attempts' orders. */
  private readonly unknown = new Map<string, Pending>();
  /** Attempts that ended before that: their effects are ended when they come. */
  private readonly endedEarly = new Set<string>();
  /** Results that changed nothing: late, repeated or superseded. */
  refused = 0;

  private readonly closed = new AbortController();
  private readonly log: ServiceLog;
  private readonly ports: Ports;
  private readonly attempts: OpenAttempts;
  private readonly warn: (problem: object, text: string) => void;

  constructor(log: ServiceLog, ports: Ports, attempts: OpenAttempts, warn: (problem: object, text: string) => void) {
    this.log = log;
    this.ports = ports;
    this.attempts = attempts;
    this.warn = warn;
  }

  /** Takes results of one frame of that many bytes. Those of partitions owned elsewhere are left to the agent's spool. */
  take(node: Node, results: readonly AttemptResult[], bytes: number): void {
    const touched = new Set<number>();
    const early: string[] = [];
    const owned = this.log.owned();
    for (const result of results) {
      const id = attemptId(result);
      const partition = this.log.partitionOf(result.run);
      if (!owned.has(partition)) continue;
      const pending = { id, node: node.key, ...sized(result, bytes, results.length) };
      const attempt = this.attempts.get(id);
      if (attempt && attempt.node === node) {
        attempt.ending = true;
        this.enqueue(partition, pending);
        touched.add(partition);
      } else if (attempt) {
        this.refused++;
        this.acknowledge([pending]);
      } else {
        this.unknown.set(id, pending);
        early.push(id);
      }
    }
    for (const partition of touched) this.pump(partition);
    if (early.length) void delay(this.ports.timers, UNKNOWN_MS, this.closed.signal).then(() => this.release(early));
  }

  /** The attempts' orders are known now (or, after a while, will not be): their results need not wait any longer. */
  release(ids: readonly string[]): void {
    const touched = new Set<number>();
    for (const id of ids) {
      const pending = this.unknown.get(id);
      if (!pending) continue;
      this.unknown.delete(id);
      setEnding(this.attempts.get(id), true);
      const partition = this.log.partitionOf(pending.result.run);
      this.enqueue(partition, pending);
      touched.add(partition);
    }
    for (const partition of touched) this.pump(partition);
  }

  /** What is not in the log now is sent again by its agent to whoever owns the run next. */
  close(): void {
    this.closed.abort();
  }

  /** True, once, for an attempt that ended before its order was known here. */
  endedBefore(id: string): boolean {
    return this.endedEarly.delete(id);
  }

  private enqueue(partition: number, pending: Pending): void {
    let queue = this.waiting.get(partition);
    if (!queue) this.waiting.set(partition, (queue = new Map()));
    queue.set(pending.id, pending);
  }

  private pump(partition: number): void {
    const queue = this.waiting.get(partition);
    while (queue?.size && (this.inFlight.get(partition) ?? 0) < IN_FLIGHT) {
      this.inFlight.set(partition, (this.inFlight.get(partition) ?? 0) + 1);
      void this.commit(partition, takeBatch(queue)).finally(() => {
        this.inFlight.set(partition, this.inFlight.get(partition)! - 1);
        this.pump(partition);
      });
    }
  }

  /** Tries until the log has the batch; gives it back to the agents' spools when another process owns the partition. */
  private async commit(partition: number, batch: readonly Pending[]): Promise<void> {
    for (let tries = 1; this.log.owned().has(partition) && !this.closed.signal.aborted; tries++) {
      try {
        const answer = await this.log.submitTo(partition, this.message(batch) as unknown as Message);
        this.settle(batch, isRefusal(answer) ? [] : answer.events);
        return;
      } catch (error) {
        if (!(error instanceof Unavailable)) this.warn({ partition, error: String(error) }, 'results could not be brought into the log; trying again');
        await delay(this.ports.timers, backoff(tries, this.ports.random, 50, 2_000), this.closed.signal);
      }
    }
    for (const { id } of batch) setEnding(this.attempts.get(id), false);
  }

  private message(batch: readonly Pending[]): AttemptsEnded {
    const effects: string[] = [];
    for (const { id, node } of batch) {
      const attempt = this.attempts.get(id);
      if (attempt?.node.key !== node) continue;
      effects.push(attempt.effect);
      if (attempt.stop) effects.push(attempt.stop.effect);
    }
    return { type: 'AttemptsEnded', effects, results: batch.map(({ result, node }) => ({ ...result, node: node.slice(node.indexOf('/') + 1) })) };
  }

  private settle(batch: readonly Pending[], events: readonly Message[]): void {
    this.refused += batch.length - events.length;
    for (const event of events) {
      const id = attemptId(event as unknown as Mark);
      if (!this.attempts.get(id)) this.endedEarly.add(id);
    }
    for (const { id, node, result } of batch) if (this.attempts.get(id)?.node.key === node) this.attempts.remove(result);
    this.acknowledge(batch);
  }

  /** By the node's connection of now: what matters to the agent is that the result may leave its spool. */
  private acknowledge(batch: readonly Pending[]): void {
    const byNode = new Map<string, Mark[]>();
    for (const { node, result: { run, task, attempt } } of batch) {
      const marks = byNode.get(node);
      if (marks) marks.push({ run, task, attempt });
      else byNode.set(node, [{ run, task, attempt }]);
    }
    for (const [node, attempts] of byNode) this.attempts.nodeByKey(node)?.connection?.send({ type: 'acknowledged', attempts });
  }
}

function takeBatch(queue: Map<string, Pending>): Pending[] {
  const batch: Pending[] = [];
  let bytes = 0;
  for (const pending of queue.values()) {
    if (batch.length === BATCH_RESULTS || (batch.length > 0 && bytes + pending.bytes > BATCH_BYTES)) break;
    bytes += pending.bytes;
    batch.push(pending);
    queue.delete(pending.id);
  }
  return batch;
}

/** In a small frame no result can be too large, so only large frames are measured result by result. */
function sized(result: AttemptResult, frameBytes: number, count: number): { result: AttemptResult; bytes: number } {
  if (frameBytes <= OUTPUT_BYTES) return { result, bytes: frameBytes / count };
  const bytes = Buffer.byteLength(JSON.stringify(result));
  return bytes <= OUTPUT_BYTES ? { result, bytes } : { result: { ...result, outcome: shortened(result.outcome, bytes) }, bytes: KEPT_TEXT };
}

function shortened(outcome: AttemptResult['outcome'], bytes: number): AttemptResult['outcome'] {
  if (outcome.kind === 'failed') return { kind: 'failed', failure: { ...outcome.failure, message: `${outcome.failure.message.slice(0, KEPT_TEXT)} … (shortened)` } };
  if (outcome.kind !== 'succeeded') return { kind: outcome.kind, reason: outcome.reason.slice(0, KEPT_TEXT) };
  const message = `The attempt's outputs are ${bytes} bytes of JSON; at most ${OUTPUT_BYTES} are kept. Write large values to a file under NOVACRON_ARTIFACTS.`;
  return { kind: 'failed', failure: { class: 'permanent', code: 'OutputsTooLarge', message } };
}

function setEnding(attempt: OpenAttempt | undefined, ending: boolean): void {
  if (attempt) attempt.ending = ending;
}
