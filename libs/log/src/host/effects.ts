import { backoff, delay, type Message, type Ports } from '@novacron/kernel';
import type { EffectRequest } from '../record.ts';
import type { HostLog } from './options.ts';
import type { OwnedPartition } from './partition.ts';

export interface EffectScope {
  /** `topic/partition/seq.n`: the idempotency key. */
  readonly id: string;
  readonly partition: number;
  readonly epoch: number;
  readonly time: number;
  /** Requested under an earlier claim: some of it may be done already, by another process perhaps. */
  readonly inherited: boolean;
  /** Aborted when the claim is lost or the process stops. */
  readonly signal: AbortSignal;
}

export type EffectHandlers = Readonly<Record<string, (effect: never, scope: EffectScope) => Promise<Message | undefined> | undefined>>;

/** Does what confirmed commits requested, at least once each, as long as the claim holds. */
export class EffectRunner {
  private readonly ports: Ports;
  private readonly log: HostLog;
  private readonly submit: (owned: OwnedPartition, message: Message) => Promise<unknown>;

  constructor(ports: Ports, log: HostLog, submit: (owned: OwnedPartition, message: Message) => Promise<unknown>) {
    this.ports = ports;
    this.log = log;
    this.submit = submit;
  }

  run(owned: OwnedPartition, requests: readonly EffectRequest[], handlers: EffectHandlers, inherited: boolean): void {
    for (const request of requests) {
      const handler = handlers[request.effect.type] as ((effect: Message, scope: EffectScope) => Promise<Message | undefined> | undefined) | undefined;
      if (!handler) {
        this.log.error('nobody does this effect', { partition: owned.name, effect: request.effect.type });
        continue;
      }
      const scope = { id: `${owned.name}/${request.id}`, partition: owned.partition, epoch: owned.rule.epoch, time: owned.time, inherited, signal: owned.claim.signal };
      let done: Promise<Message | undefined> | undefined;
      try {
        done = handler(request.effect, scope);
      } catch (error) {
        done = Promise.reject(error as Error);
      }
      if (done) void this.finish(owned, request, done, () => Promise.resolve(handler(request.effect, scope)));
    }
  }

  private async finish(owned: OwnedPartition, request: EffectRequest, first: Promise<Message | undefined>, again: () => Promise<Message | undefined>): Promise<void> {
    const { signal } = owned.claim;
    let attempt = first;
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        const outcome = await attempt;
        if (outcome && !signal.aborted) await this.submit(owned, { ...outcome, effect: `${owned.name}/${request.id}` });
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.log.warn('an effect failed and is tried again', { partition: owned.name, effect: request.effect.type, tries, error: (error as Error).message });
        await delay(this.ports.timers, 50 + backoff(tries, this.ports.random), signal);
        if (signal.aborted) return;
        attempt = again();
      }
    }
  }
}
