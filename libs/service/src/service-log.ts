import { type Message, type Refusal } from '@novacron/kernel';
import { NotOwned, type Host, type Outcome } from '@novacron/log';
import { Unavailable, type ServiceLog, type Submitted } from './api.ts';
import type { Forward } from './forwarding.ts';

/**
 * A service's partitions as its edges see them; without a way to forward, those that this process owns. What is in the log is told in the next turn of the event loop: what this process decides on it goes
 * on its way first, and only then are people and agents answered.
 */
export function serviceLog(host: Host, service: string, forward?: Forward): ServiceLog {
  const { timers } = host.options.ports;
  const submitTo = async (partition: number, message: Message): Promise<Submitted | Refusal> => {
    try {
      const outcome = (await host.submit(service, partition, message)) as Outcome | Refusal;
      await new Promise<void>((resolve) => timers.yield(resolve));
      return outcome;
    } catch (error) {
      if (error instanceof NotOwned) throw new Unavailable(`${service}/${partition} is not owned by this process`);
      throw error;
    }
  };
  const submitToOwner = (partition: number, message: Message) => (forward ? forward(service, partition, message) : submitTo(partition, message));
  return {
    submitTo,
    submitToOwner,
    submit: (key, message) => submitToOwner(host.partitionOf(key), message),
    partitionOf: (key) => host.partitionOf(key),
    get partitions() { return host.options.partitions; },
    owned: () => new Map([...host.owned(service)].map(([partition, owned]) => [partition, owned.rule.epoch])),
    onOwned: (listener) => host.onOwned(listener),
    onConfirmed: (listener) => host.onConfirmed((commits) => {
      const own = commits.filter(({ topic }) => topic === service);
      if (own.length > 0) timers.yield(() => own.forEach((commit) => listener(commit.partition, commit.events, commit)));
    }),
  };
}
