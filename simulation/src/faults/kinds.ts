/** Everything that the world does to the system; each is counted when it hits. */
export const FAULTS = {
  'crash': 'an instance is killed with all it was about to do, and started again later',
  'pause': 'an instance stands still while time goes on (SIGSTOP)',
  'agent crash': 'an agent is killed; what user code it left is killed by the next one',
  'agent pause': 'an agent stands still',
  'slow disk': 'appends take a hundred times as long',
  'append lost': 'an append never arrives; its owner knows nothing',
  'append delayed': 'an append arrives long after its owner gave it up',
  'append unanswered': 'an append lands; its owner knows nothing',
  'append falsely acknowledged': 'the producer says that it landed, and nothing did (kafkajs K1)',
  'claim unanswered': 'a claim lands or not; who claimed knows nothing',
  'content refused': 'the log does not take what a batch holds',
  'fenced away': 'a partition of an append is claimed by another while the append is on its way',
  'disk full': 'the log takes nothing for a while',
  'rows twice': 'a reader gets rows again that it had',
  'rows late': 'a reader gets rows late and one by one',
  'hint missed': 'nobody is told that something was appended',
  'ownership lost': 'a process that is well is missed by the others',
  'agent cut off': 'an agent and one instance do not hear each other',
  'agent isolated': 'an agent hears nobody',
  'orders late': 'what an instance orders reaches the agents seconds later, after another has taken over',
  'clients cut off': 'what an instance answers to clients does not arrive',
  'clock jump': 'the clock of an instance is wrong by seconds',
  'clock skew': 'the clock of an instance is wrong by less than it may be',
  'corrupt snapshot': 'a snapshot is saved, and one of its bytes is wrong',
  'poison record': 'garbage lands in a partition',
} as const;
export type FaultKind = keyof typeof FAULTS;
export const FAULT_KINDS = Object.keys(FAULTS) as readonly FaultKind[];

/** One fault of a seed's schedule: from `at` on (virtual ms), for `lasts` ms or for so many calls. */
export interface Fault {
  readonly kind: FaultKind;
  readonly at: number;
  /** An instance, a node, or a partition, by what the kind is about. */
  readonly target: string;
  readonly lasts: number;
  /** Of calls that it meets at most. */
  readonly times: number;
  /** Strikes when the target's next append is on its way, not at once. */
  readonly inFlight: boolean;
}

/** Those that only a log with one kind of append knows. */
const JOINT_ONLY: readonly FaultKind[] = [];
const PLAIN_ONLY: readonly FaultKind[] = ['append falsely acknowledged'];
export const kindsFor = (joint: boolean): readonly FaultKind[] => FAULT_KINDS.filter((kind) => !(joint ? PLAIN_ONLY : JOINT_ONLY).includes(kind));
