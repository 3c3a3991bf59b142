import type { Timers } from '@novacron/kernel';
import Broker from 'kafkajs/src/broker/index.js';
import loggers from 'kafkajs/src/loggers/index.js';
import ConnectionPool from 'kafkajs/src/network/connectionPool.js';
import apiKeys from 'kafkajs/src/protocol/requests/apiKeys.js';
import protocol from 'kafkajs/src/protocol/requests/index.js';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Answers, Api } from './protocol.ts';
import type { BrokerAddress, KafkaSettings } from './settings.ts';
import { within } from './within.ts';

const KEEP_ALIVE_MS = 5_000;
const AUTHENTICATION_MS = 10_000;
/** kafkajs speaks of every connection that fails; who uses a link says what it means. */
const silent = loggers.createLogger({ level: 0, logCreator: () => () => {} });

/** kafkajs would give fetches a connection of their own; here whoever must not wait for them has a link of its own. */
class OneConnection extends ConnectionPool {
  override getConnection() {
    return super.getConnection(0);
  }
}

/**
 * One connection to a broker, from its making to its first failure. It is never made again: kafkajs reads what comes on the next connection behind
 * what it had of a reply on the last one, and is out of step from then on, or throws where nobody catches. Times are kept here: a request that
 * kafkajs takes in the moment in which a connection breaks is never heard of again.
 */
export class BrokerSession {
  /** Failed, or given up: to be replaced. */
  over = false;
  private readonly address: BrokerAddress;
  private readonly settings: KafkaSettings;
  private readonly timers: Timers;
  private readonly pool: OneConnection;
  private readonly broker: Broker;
  private opened: Promise<void> | undefined;
  private socket: Socket | undefined;

  constructor(address: BrokerAddress, settings: KafkaSettings, timers: Timers) {
    this.address = address;
    this.settings = settings;
    this.timers = timers;
    const { clientId, connectTimeoutMs, requestTimeoutMs, sasl, tls } = settings;
    this.pool = new OneConnection({
      ...address, clientId, sasl: sasl ?? null, ssl: tls ?? null, rack: null, logger: silent, connectionTimeout: connectTimeoutMs, requestTimeout: requestTimeoutMs, enforceRequestTimeout: false,
      maxInFlightRequests: null, instrumentationEmitter: null, socketFactory: ({ onConnect }: { onConnect: () => void }) => (this.socket = this.connect(onConnect)),
    });
    this.broker = new Broker({ connectionPool: this.pool, logger: silent, authenticationTimeout: AUTHENTICATION_MS, allowAutoTopicCreation: false });
    for (const { requestQueue } of this.pool.pool) calm(requestQueue);
  }

  /** Resolves when the broker knows us, and we what it understands. */
  open(): Promise<void> {
    const { connectTimeoutMs, requestTimeoutMs } = this.settings;
    // kafkajs calls a broker connected before it knows what that broker understands: so this is asked once, and not of kafkajs.
    return (this.opened ??= within(this.timers, connectTimeoutMs + Math.max(requestTimeoutMs, AUTHENTICATION_MS), this.broker.connect(), () => new Error('it took the connection and says nothing')));
  }

  /** One request and its answer, with the error codes in it as they are. `waitMs`: as in `BrokerLink.call`. */
  async ask<A extends Api>(api: A, args: object, waitMs: number): Promise<Answers[A]> {
    const { request, response } = this.broker.lookupRequest(apiKeys[api]!, protocol.requests[api]!)(args);
    const answer = this.pool.send({ request, response: { decode: response.decode, parse: async (decoded: unknown) => decoded }, logResponseError: false });
    const ms = this.settings.requestTimeoutMs + waitMs;
    return (await within(this.timers, ms, answer, () => new Error(`no answer to ${api} in ${ms} ms`))) as Answers[A];
  }

  /** Ends the connection at once; what is under way on it nobody will hear of any more. */
  end(): void {
    this.over = true;
    this.socket?.destroy(new Error('given up'));
  }

  private connect(onConnect: () => void): Socket {
    const { tls } = this.settings;
    const { host, port } = this.address;
    const socket = tls ? connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }), ...tls }, onConnect) : connect({ host, port }, onConnect);
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    return socket.once('close', () => (this.over = true));
  }
}

/** kafkajs looks at each connection's queue every millisecond for ever, also when it is empty (reliability.md K16). */
function calm(queue: ConnectionPool['pool'][number]['requestQueue']): void {
  const schedule = queue.scheduleCheckPendingRequests.bind(queue);
  queue.scheduleCheckPendingRequests = () => {
    if (queue.pending.length > 0) schedule();
  };
}
