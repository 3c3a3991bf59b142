import errors from 'kafkajs/src/protocol/error.js';

interface OfTopic<P> {
  readonly topic: string;
  readonly partitions: readonly P[];
}
interface Answered {
  readonly partition: number;
  readonly errorCode: number;
}

/** A record as a fetch brings it. */
export interface FetchedRecord {
  readonly offset: string;
  readonly value: Buffer | null;
  readonly isControlRecord: boolean;
}

export interface FetchedPartition extends Answered {
  readonly highWatermark: string;
  /** The log start offset, as kafkajs spells it. */
  readonly lastStartOffset: string;
  readonly messages: readonly FetchedRecord[];
}

/** Answers of the requests that the driver makes, as kafkajs decodes them. */
export interface Answers {
  readonly Metadata: {
    readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
    readonly controllerId: number;
    readonly topicMetadata: readonly {
      readonly topicErrorCode: number;
      readonly topic: string;
      readonly partitionMetadata: readonly { readonly partitionErrorCode: number; readonly partitionId: number; readonly leader: number; readonly replicas: readonly number[]; readonly isr: readonly number[] }[];
    }[];
  };
  readonly Produce: { readonly topics: readonly { readonly topicName: string; readonly partitions: readonly (Answered & { readonly baseOffset: string; readonly logAppendTime: string; readonly logStartOffset?: string })[] }[] };
  readonly Fetch: { readonly errorCode: number; readonly sessionId: number; readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[] };
  readonly CreateTopics: { readonly topicErrors: readonly { readonly topic: string; readonly errorCode: number; readonly errorMessage: string | null }[] };
  readonly DescribeConfigs: { readonly resources: readonly { readonly errorCode: number; readonly resourceName: string; readonly configEntries: readonly { readonly configName: string; readonly configValue: string | null }[] }[] };
  readonly ListOffsets: { readonly responses: readonly OfTopic<Answered & { readonly offset: string }>[] };
}
export type Api = keyof Answers;

/** Error codes of the protocol that the driver tells apart; all others are what kafkajs calls them. */
export const CODE = { none: 0, offsetOutOfRange: 1, unknownTopicOrPartition: 3, messageTooLarge: 10, recordListTooLarge: 18, notEnoughReplicas: 19, topicAuthorizationFailed: 29, clusterAuthorizationFailed: 31, topicAlreadyExists: 36, invalidRecord: 87 } as const;

/** A code's name as Kafka's documentation has it. */
export const codeName = (code: number): string => errors.createErrorFromCode(code).type;

/** Kafka's number for topics among its configurable resources. */
export const TOPIC_RESOURCE = 2;
export const EARLIEST = -2;
export const LATEST = -1;
export const READ_UNCOMMITTED = 0;

const MAX_BYTES = 4 << 20;
const PARTITION_BYTES = 1 << 20;

/** A fetch of what comes at these offsets, which waits up to so many ms for it; outside any session. */
export function fetchOf(wanted: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[], waitMs: number) {
  const topics = new Map<string, { partition: number; fetchOffset: number; maxBytes: number }[]>();
  for (const { topic, partition, offset } of wanted) {
    const partitions = topics.get(topic);
    const asked = { partition, fetchOffset: offset, maxBytes: PARTITION_BYTES };
    if (partitions) partitions.push(asked);
    else topics.set(topic, [asked]);
  }
  return { maxWaitTime: waitMs, minBytes: 1, maxBytes: MAX_BYTES, isolationLevel: READ_UNCOMMITTED, rackId: '', topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })) };
}
