import type { TopicMetadata } from './brokers.ts';

/** What one topic of the log must be. */
export interface TopicPlan {
  /** As Kafka knows it. */
  readonly name: string;
  readonly partitions: number;
  readonly replicas: number;
  /** Settings that it is made with; those of `HELD` are looked at again at every start. */
  readonly settings: Readonly<Record<string, string>>;
}

export const settingsOf = (replicas: number): Record<string, string> => ({
  // Kafka keeps everything for ever: a rebuild reads from the first record.
  'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1',
  // The brokers' clock, against which ours is checked.
  'message.timestamp.type': 'LogAppendTime',
  // What is acknowledged is on two disks at least, and only a broker that has it may lead.
  'min.insync.replicas': String(Math.max(1, replicas - 1)), 'unclean.leader.election.enable': 'false', 'max.message.bytes': '1048588',
});
/** The clock's records are read by nobody. */
export const CLOCK_SETTINGS = { 'retention.ms': '3600000', 'segment.bytes': '1048576' };

/** A setting that is not as it must be, and what is wrong with it. */
const HELD: Readonly<Record<string, (value: string, wanted: string) => string | undefined>> = {
  'cleanup.policy': (value) => (value === 'delete' ? undefined : 'compaction deletes commits'),
  'retention.ms': (value, wanted) => (value === wanted || value === '-1' ? undefined : 'old commits are deleted'),
  'retention.bytes': (value) => (value === '-1' ? undefined : 'old commits are deleted'),
  'message.timestamp.type': (value, wanted) => (value === wanted ? undefined : 'the brokers put no time on records'),
  'min.insync.replicas': (value, wanted) => (Number(value) >= Number(wanted) ? undefined : 'what one broker alone has is acknowledged'),
  'unclean.leader.election.enable': (value) => (value === 'false' ? undefined : 'a broker without the newest commits may lead'),
  'max.message.bytes': (value, wanted) => (Number(value) >= Number(wanted) ? undefined : 'a batch of commits does not fit'),
};

/** What must be repaired before the topic can hold a log, each with the command that does it. */
export function faultsOf(plan: TopicPlan, found: TopicMetadata, settings: ReadonlyMap<string, string>, server: string, nodes: readonly number[]): string[] {
  return [...partitionFaults(plan, found), ...replicaFaults(plan, found, server, nodes), ...settingFaults(plan, settings, server)];
}

function partitionFaults({ name, partitions }: TopicPlan, { partitionMetadata: { length } }: TopicMetadata): string[] {
  if (length === partitions) return [];
  return [`topic ${name} has ${length} partitions and must have ${partitions}: the count never changes, since keys would move. ${length < partitions
    ? `Set NOVACRON_PARTITIONS=${length}, as it was made.`
    : `Kafka cannot take partitions away: set NOVACRON_PARTITIONS=${length} if the topic was made so; if they were added later, restore it, or begin a new log with another NOVACRON_KAFKA_PREFIX.`}`];
}

function replicaFaults({ name, replicas }: TopicPlan, { partitionMetadata }: TopicMetadata, server: string, nodes: readonly number[]): string[] {
  const few = partitionMetadata.filter((partition) => partition.replicas.length < replicas);
  if (few.length === 0) return [];
  const plan = few.map((partition) => ({ topic: name, partition: partition.partitionId, replicas: [...new Set([...partition.replicas, ...nodes])].slice(0, replicas) }));
  return [`topic ${name} has partitions on ${few[0]!.replicas.length} broker(s) where there could be ${replicas}: one lost disk loses commits. Repair it with\n`
    + `  echo '${JSON.stringify({ version: 1, partitions: plan })}' > replicas.json && kafka-reassign-partitions.sh --bootstrap-server ${server} --reassignment-json-file replicas.json --execute`];
}

function settingFaults({ name, settings: wanted }: TopicPlan, settings: ReadonlyMap<string, string>, server: string): string[] {
  const wrong = Object.entries(HELD).flatMap(([key, wrongOf]) => {
    const value = settings.get(key) ?? '';
    const reason = wrongOf(value, wanted[key]!);
    return reason === undefined ? [] : [{ key, value, reason }];
  });
  if (wrong.length === 0) return [];
  return [`topic ${name} has ${wrong.map(({ key, value, reason }) => `${key}=${value} (${reason})`).join(', ')}. Repair it with\n`
    + `  kafka-configs.sh --bootstrap-server ${server} --alter --entity-type topics --entity-name ${name} --add-config ${wrong.map(({ key }) => `${key}=${wanted[key]}`).join(',')}`];
}
