import { broker } from './faults/broker.mjs';
import { disk } from './faults/disk.mjs';
import { kill } from './faults/kill.mjs';
import { mix } from './faults/mix.mjs';
import { net } from './faults/net.mjs';
import { orphan } from './faults/orphan.mjs';
import { pause } from './faults/pause.mjs';
import { postgres } from './faults/postgres.mjs';

export const LOGS = ['postgres', 'kafka'];

/** Each fault: what does it, what is counted by `n`, its full size, the logs it is about, what it needs of the stage, and the figure that shows that it was felt. */
export const SCENARIOS = {
  kill: { inject: kill, unit: 'kills', full: 1_000, logs: LOGS },
  pause: { inject: pause, unit: 'pauses', full: 200, logs: LOGS },
  net: { inject: net, unit: 'cuts', full: 300, logs: ['postgres'], network: true },
  postgres: { inject: postgres, unit: 'runs', full: 5_000, logs: LOGS, runs: true },
  disk: { inject: disk, unit: 'fillings of each disk', full: 20, logs: ['postgres'], disks: true, proof: 'appends refused' },
  orphan: { inject: orphan, unit: 'tasks with daemons', full: 300, logs: LOGS },
  mix: { inject: mix, unit: 'faults', full: 500, logs: ['postgres'], network: true, disks: true },
  broker: { inject: broker, unit: 'restarts of a broker of three', full: 60, logs: ['kafka'], brokers: 3 },
};

/** What CI does on each log, with one start of the system for each group. */
export const CI = {
  postgres: [
    { topology: 'apart', faults: [['kill', 25], ['pause', 6], ['postgres', 200], ['orphan', 10]] },
    { topology: 'together', faults: [['net', 4], ['disk', 1], ['mix', 12]] },
  ],
  kafka: [{ topology: 'together', faults: [['kill', 15], ['broker', 2]] }],
};
