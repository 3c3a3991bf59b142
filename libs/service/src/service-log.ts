import { type Message, type Refusal } from '@novacron/kernel';
import { NotOwned, type Host, type Outcome } from '@novacron/log';
import { Unavailable, type ServiceLog, type Submitted } from './api.ts';
import type { Forward } from './forwarding.ts';

/** A service's partitions as its edges see them; without a way to forward, those that this process owns. */
export function serviceLog(host: Host, service: string, forward?: Forward): ServiceLog {
  const submitTo = async (partition: number, message: Message): Promise<Submitted | Refusal> => {
    try {
      return (await host.submit(service, partition, message)) as Outcome | Refusal;
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
      for (const commit of commits) if (commit.topic === service) listener(commit.partition, commit.events, commit);
    }),
  };
}
