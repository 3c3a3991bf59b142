export * from './free-port.ts';
export * from './kafka-cluster.ts';
export type { KafkaNode } from './kafka-node.ts';
export * from './fault-proxy.ts';
export * from './until.ts';
