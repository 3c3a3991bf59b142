import { BEAT_MS, SILENCE_MS, UNTAKEN_MS } from '@novacron/contracts';
import type { Message, Ports } from '@novacron/kernel';
import type { ServiceLog } from '@novacron/service';
import type { AttemptsSilent } from '../domain/attempt/messages.ts';
import type { Node } from './node.ts';
import type { OpenAttempt, OpenAttempts } from './open-attempts.ts';

const CHECK_MS = 1_000;
const BATCH = 256;

/** Decides, from beats that live in memory only, of which attempts nobody can say any more how they go. */
export class Silence {
  private checkedAt: number;
  private cancel: () => void = () => undefined;
  private readonly log: ServiceLog;
  private readonly ports: Ports;
  private readonly attempts: OpenAttempts;

  constructor(log: ServiceLog, ports: Ports, attempts: OpenAttempts) {
    this.log = log;
    this.ports = ports;
    this.attempts = attempts;
    this.checkedAt = ports.clock.monotonic();
  }

  start(): void {
    this.checkedAt = this.ports.clock.monotonic();
    this.cancel = this.ports.timers.after(CHECK_MS, () => {
      this.check();
      this.start();
    });
  }

  stop(): void {
    this.cancel();
  }

  /** Costs O(nodes), and what is silent. */
  check(): void {
    const now = this.ports.clock.monotonic();
    // This process did not listen itself (paused, starved): that proves nothing about the agents.
    const deaf = now - this.checkedAt > CHECK_MS + BEAT_MS;
    const lost: OpenAttempt[] = [];
    const untaken: OpenAttempt[] = [];
    for (const node of this.attempts.nodes()) {
      if (deaf) node.lastHeard = now;
      if (now - node.lastHeard < UNTAKEN_MS) continue;
      const silent = now - node.lastHeard >= SILENCE_MS;
      for (const attempt of node.attempts.values()) {
        // In the order in which they became known: the rest is younger.
        if (now - attempt.since < UNTAKEN_MS) break;
        if (attempt.ending) continue;
        if (silent) lost.push(attempt);
        else if (isUntaken(attempt) && now - attempt.sentAt >= UNTAKEN_MS) untaken.push(attempt);
      }
      if (silent && node.attempts.size === 0 && !node.connection) this.attempts.forget(node);
    }
    this.report(lost, `the node's agent was not heard for ${SILENCE_MS / 1000} s`);
    this.report(untaken, `the node's agent did not confirm the order and was not heard for ${UNTAKEN_MS / 1000} s`);
  }

  /** After a beat: an attempt that was ordered on this connection and that two later beats do not list is not there. */
  missing(node: Node): void {
    const now = this.ports.clock.monotonic();
    const lost: OpenAttempt[] = [];
    for (const attempt of node.attempts.values()) {
      const expected = attempt.sentOn === node.connection?.number && attempt.endedOn !== attempt.sentOn && !attempt.ending;
      if (!expected || attempt.listedIn === node.beats) continue;
      if (++attempt.missedBeats >= 2 && now - attempt.sentAt >= 2 * BEAT_MS) lost.push(attempt);
    }
    this.report(lost, 'the node\'s agent does not list the attempt in its beats');
  }

  report(lost: readonly OpenAttempt[], reason: string): void {
    const byPartition = new Map<number, OpenAttempt[]>();
    for (const attempt of lost) {
      const some = byPartition.get(attempt.partition);
      if (some) some.push(attempt);
      else byPartition.set(attempt.partition, [attempt]);
    }
    for (const [partition, some] of byPartition) {
      for (let i = 0; i < some.length; i += BATCH) void this.submit(partition, some.slice(i, i + BATCH), reason);
    }
  }

  private async submit(partition: number, lost: readonly OpenAttempt[], reason: string): Promise<void> {
    for (const attempt of lost) attempt.ending = true;
    const message: AttemptsSilent = {
      type: 'AttemptsSilent', reason,
      effects: lost.flatMap(({ effect, stop }) => (stop ? [effect, stop.effect] : [effect])),
      attempts: lost.map(({ order: { run, task, attempt } }) => ({ run, task, attempt })),
    };
    try {
      await this.log.submitTo(partition, message as unknown as Message);
      for (const { id, order } of lost) if (this.attempts.get(id)) this.attempts.remove(order);
    } catch {
      // The log is away; the next check finds them silent again, unless they were heard by then.
      for (const attempt of lost) attempt.ending = false;
    }
  }
}

/**
 * Ordered by this process, and never heard of since: what a former owner ordered may well be running. A node without a connection has lost it, if it ever had one; else its agent may not know this
 * process yet, and has longer to find it.
 */
function isUntaken({ sentOn, own, node, confirmed }: OpenAttempt): boolean {
  return !confirmed && (sentOn > 0 || (own && node.beats > 0));
}
