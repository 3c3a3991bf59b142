import { attemptId } from '@novacron/contracts';
import { delay, isRefusal, type Message, type Ports } from '@novacron/kernel';
import type { EffectContext, ServiceLog } from '@novacron/service';
import type { StartAttempt, StopAttempt } from '../domain/attempt/messages.ts';
import type { OpenAttempts } from './open-attempts.ts';
import type { Orders } from './orders.ts';
import { UNKNOWN_MS, type Results } from './results.ts';

/** Ends an effect whose attempt has ended already. */
const NOTHING_LEFT: Message = { type: 'AttemptsEnded', results: [] };

/**
 * What the executor's commits request. Both effects stay open until the attempt's end names them, so that after a restart or take-over
 * every open attempt is told to its new owner again; agents answer repeated orders with what they know.
 */
export class AttemptEffects {
  private readonly log: ServiceLog;
  private readonly ports: Ports;
  private readonly attempts: OpenAttempts;
  private readonly orders: Orders;
  private readonly results: Results;

  constructor(log: ServiceLog, ports: Ports, attempts: OpenAttempts, orders: Orders, results: Results) {
    this.log = log;
    this.ports = ports;
    this.attempts = attempts;
    this.orders = orders;
    this.results = results;
  }

  start(order: StartAttempt, context: EffectContext): Promise<Message> | undefined {
    const id = attemptId(order);
    if (this.results.endedBefore(id)) return Promise.resolve(NOTHING_LEFT);
    const attempt = this.attempts.start(order, context);
    this.results.release([id]);
    if (!attempt.ending) this.orders.give(attempt);
    return undefined;
  }

  stop(order: StopAttempt, context: EffectContext): Promise<Message | undefined> | undefined {
    const attempt = this.attempts.stop(order, context);
    if (!attempt || attempt.ending) return this.stopLater(order, context);
    this.orders.give(attempt);
    return undefined;
  }

  /** The start is not told yet, as after a restart, or the end is on its way to the log without this effect's id. */
  private async stopLater(order: StopAttempt, context: EffectContext): Promise<Message | undefined> {
    await delay(this.ports.timers, UNKNOWN_MS, context.signal);
    if (context.signal.aborted) return undefined;
    const { run, task, attempt } = order;
    const known = this.attempts.get(attemptId(order));
    if (known) {
      this.orders.give(known);
      return undefined;
    }
    const answer = await this.log.submitTo(context.partition, { type: 'AttemptsListed', attempts: [{ run, task, attempt }] });
    if (isRefusal(answer) || (answer.reply as unknown[]).length === 0) return undefined;
    this.attempts.remove(order);
    return NOTHING_LEFT;
  }
}
