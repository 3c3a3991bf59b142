// What the driver uses of kafkajs 2.2.4 below its producer and consumer: connections, authentication and the encoding of requests. The package is
// frozen (last release February 2023) and pinned exactly, so these paths stay (docs/adr/0012-kafka-by-requests.md).
declare module 'kafkajs/src/broker/index.js' {
  interface Protocol {
    readonly request: object;
    readonly response: { decode(raw: Buffer): Promise<unknown>; parse(decoded: unknown): Promise<unknown> };
  }
  class Broker {
    constructor(options: { connectionPool: object; logger: object; authenticationTimeout: number; allowAutoTopicCreation: boolean });
    connect(): Promise<void>;
    lookupRequest(apiKey: number, definition: object): (args: object) => Protocol;
  }
  export = Broker;
}
declare module 'kafkajs/src/network/connectionPool.js' {
  class ConnectionPool {
    constructor(options: object);
    getConnection(index?: number): Promise<object>;
    readonly pool: readonly { readonly requestQueue: { readonly pending: readonly unknown[]; scheduleCheckPendingRequests(): void } }[];
    send(protocol: object): Promise<unknown>;
  }
  export = ConnectionPool;
}
declare module 'kafkajs/src/protocol/requests/apiKeys.js' {
  const apiKeys: Readonly<Record<string, number>>;
  export = apiKeys;
}
declare module 'kafkajs/src/protocol/requests/index.js' {
  const protocol: { readonly requests: Readonly<Record<string, object>> };
  export = protocol;
}
declare module 'kafkajs/src/protocol/error.js' {
  const errors: { createErrorFromCode(code: number): { readonly type: string } };
  export = errors;
}
declare module 'kafkajs/src/loggers/index.js' {
  const loggers: { createLogger(options: { level: number; logCreator: () => () => void }): object };
  export = loggers;
}
