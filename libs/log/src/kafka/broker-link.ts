import Broker from 'kafkajs/src/broker/index.js';
import loggers from 'kafkajs/src/loggers/index.js';
import ConnectionPool from 'kafkajs/src/network/connectionPool.js';
import apiKeys from 'kafkajs/src/protocol/requests/apiKeys.js';
import protocol from 'kafkajs/src/protocol/requests/index.js';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Answers, Api } from './protocol.ts';
import type { BrokerAddress, KafkaSettings } from './settings.ts';

/** The broker was not reached: what was to be sent is surely not there. */
export class NotSent extends Error {}
/** The broker was reached and does not know us. */
export class NotAdmitted extends NotSent {}

const KEEP_ALIVE_MS = 5_000;
const AUTHENTICATION_MS = 10_000;
/** kafkajs speaks of every connection that fails; who uses a link says what it means. */
const silent = loggers.createLogger({ level: 0, logCreator: () => () => {} });

/**
 * A connection to one broker, made at first use and again after it broke; fetches have a second one, since a broker answers the requests of a
 * connection in turn. Nothing is tried again here.
 */
export class BrokerLink {
  readonly address: BrokerAddress;
  private readonly settings: KafkaSettings;
  private readonly sockets = new Set<Socket>();
  private readonly pool: ConnectionPool;
  private readonly broker: Broker;
  private connecting: Promise<void> | undefined;

  constructor(address: BrokerAddress, settings: KafkaSettings) {
    this.address = address;
    this.settings = settings;
    const { clientId, connectTimeoutMs, requestTimeoutMs, sasl, tls } = settings;
    this.pool = new ConnectionPool({
      ...address, clientId, sasl: sasl ?? null, ssl: tls ?? null, rack: null, logger: silent, connectionTimeout: connectTimeoutMs, requestTimeout: requestTimeoutMs, enforceRequestTimeout: true,
      maxInFlightRequests: null, instrumentationEmitter: null, socketFactory: (wanted: SocketRequest) => this.open(wanted),
    });
    this.broker = new Broker({ connectionPool: this.pool, logger: silent, authenticationTimeout: AUTHENTICATION_MS, allowAutoTopicCreation: false });
    for (const { requestQueue } of this.pool.pool) calm(requestQueue);
  }

  /** One request and its answer, with the error codes in it as they are; rejects with `NotSent` where the broker was not reached. */
  async call<A extends Api>(api: A, args: object): Promise<Answers[A]> {
    // kafkajs calls a broker connected before it knows what that broker understands.
    if (this.connecting || !this.broker.isConnected()) await (this.connecting ??= this.connect().finally(() => (this.connecting = undefined)));
    const { request, response, requestTimeout } = this.broker.lookupRequest(apiKeys[api]!, protocol.requests[api]!)(args);
    try {
      return (await this.pool.send({
        request, response: { decode: response.decode, parse: async (decoded: unknown) => decoded }, ...(requestTimeout !== undefined && { requestTimeout }), logResponseError: false,
      })) as Answers[A];
    } catch (error) {
      // What the broker answered is never thrown: the connection is out of step, and nothing that comes on it can be trusted.
      this.cut();
      throw error;
    }
  }

  /** Ends the connections at once; what is under way on them nobody will hear of any more. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy(new Error('given up'));
  }

  private async connect(): Promise<void> {
    try {
      await this.broker.connect();
    } catch (error) {
      const { name, message } = error as Error;
      if (/SASL/.test(name)) throw new NotAdmitted(`Kafka at ${this.address.host}:${this.address.port} does not admit ${this.settings.sasl?.username ?? 'us'}: ${message}`);
      throw new NotSent(`Kafka at ${this.address.host}:${this.address.port} is not reached: ${message}`);
    }
  }

  private open({ host, port, onConnect }: SocketRequest): Socket {
    const { tls } = this.settings;
    const socket = tls ? connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }), ...tls }, onConnect) : connect({ host, port }, onConnect);
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    return socket;
  }
}

interface SocketRequest {
  readonly host: string;
  readonly port: number;
  readonly onConnect: () => void;
}

/** kafkajs looks at each connection's queue every millisecond for ever, also when it is empty (reliability.md K16). */
function calm(queue: ConnectionPool['pool'][number]['requestQueue']): void {
  const schedule = queue.scheduleCheckPendingRequests.bind(queue);
  queue.scheduleCheckPendingRequests = () => {
    if (queue.pending.length > 0) schedule();
  };
}
