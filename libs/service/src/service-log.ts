import { type Message, type Refusal } from '@novacron/kernel';
import { NotOwned, type Host, type Outcome } from '@novacron/log';
import { Unavailable, type ServiceLog, type Submitted } from './api.ts';

/** A service's own partitions as its edges see them. */
export function serviceLog(host: Host, service: string): ServiceLog {
  const submitTo = async (partition: number, message: Message): Promise<Submitted | Refusal> => {
    try {
      return (await host.submit(service, partition, message)) as Outcome | Refusal;
    } catch (error) {
      if (error instanceof NotOwned) throw new Unavailable(`${service}/${partition} is not owned by this process`);
      throw error;
    }
  };
  return {
    submitTo,
    submit: (key, message) => submitTo(host.partitionOf(key), message),
    partitionOf: (key) => host.partitionOf(key),
    owned: () => new Map([...host.owned(service)].map(([partition, owned]) => [partition, owned.rule.epoch])),
    onConfirmed: (listener) => host.onConfirmed((commits) => {
      for (const commit of commits) if (commit.topic === service) listener(commit.partition, commit.events, commit);
    }),
  };
}

