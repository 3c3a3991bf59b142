import type { StartOrder, StopOrder } from '@novacron/contracts';
import type { Ports } from '@novacron/kernel';
import { mintAttemptCredential, type Secrets, type ServiceLog } from '@novacron/service';
import type { Mark } from '../domain/attempt/messages.ts';
import type { Node } from './node.ts';
import type { OpenAttempt } from './open-attempts.ts';

const CREDENTIAL_LIFE_MS = 7 * 24 * 3_600_000;

/** Sends orders to agents: those of one tick in one frame, each under the fence of its partition's claim and the connection. */
export class Orders {
  private readonly log: ServiceLog;
  private readonly ports: Ports;
  private readonly secrets: Secrets;

  constructor(log: ServiceLog, ports: Ports, secrets: Secrets) {
    this.log = log;
    this.ports = ports;
    this.secrets = secrets;
  }

  /** Orders the attempt started and, if that is asked, stopped. A node without a connection gets its orders at its hello. */
  give(attempt: OpenAttempt): void {
    const { node } = attempt;
    if (!node.connection) return;
    node.outbox.push(attempt);
    if (node.outbox.length === 1) this.ports.timers.yield(() => this.flush(node));
  }

  /** Stops attempts that an agent still runs though nobody waits for them. */
  stopStrays(node: Node, marks: readonly Mark[], partition: number, epoch: number): void {
    const connection = node.connection;
    if (!connection) return;
    const reason = 'the attempt no longer counts';
    connection.send({ type: 'stop', orders: marks.map(({ run, task, attempt }) => ({ run, task, attempt, partition, epoch, connection: connection.number, grace: 0, reason })) });
  }

  private flush(node: Node): void {
    const due = node.outbox;
    node.outbox = [];
    const connection = node.connection;
    if (!connection) return;
    const starts: StartOrder[] = [];
    const stops: StopOrder[] = [];
    const now = this.ports.clock.monotonic();
    // The epoch of now: a claim may have been renewed since the order was requested.
    const owned = this.log.owned();
    for (const attempt of due) {
      const epoch = owned.get(attempt.partition);
      // It may have ended, or been handed to another owner, since.
      if (epoch === undefined || attempt.ending || node.attempts.get(attempt.id) !== attempt) continue;
      if (attempt.sentOn !== connection.number) {
        starts.push(this.startOrder(attempt, epoch, connection.number));
        attempt.sentOn = connection.number;
        attempt.sentAt = now;
        attempt.missedBeats = 0;
      }
      if (attempt.stop) stops.push(stopOrder(attempt, epoch, connection.number));
    }
    if (starts.length) connection.send({ type: 'start', orders: starts });
    if (stops.length) connection.send({ type: 'stop', orders: stops });
    connection.flush();
  }

  private startOrder({ order, partition }: OpenAttempt, epoch: number, connection: number): StartOrder {
    const { workspace, run, task, attempt, workflow, work, gpus, memory, cpu } = order;
    const expires = this.ports.clock.now() + CREDENTIAL_LIFE_MS;
    const credential = mintAttemptCredential(this.secrets.credentialKey, { workspace, run, task, attempt, expires });
    return { partition, epoch, connection, workspace, run, task, attempt, workflow, work, gpus: [...gpus], memory, cpu, credential };
  }
}

function stopOrder({ order, partition, stop }: OpenAttempt, epoch: number, connection: number): StopOrder {
  return { partition, epoch, connection, run: order.run, task: order.task, attempt: order.attempt, grace: order.work.grace, reason: stop!.reason };
}
