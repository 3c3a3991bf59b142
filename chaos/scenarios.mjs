import { disk } from './faults/disk.mjs';
import { kill } from './faults/kill.mjs';
import { mix } from './faults/mix.mjs';
import { net } from './faults/net.mjs';
import { orphan } from './faults/orphan.mjs';
import { pause } from './faults/pause.mjs';
import { postgres } from './faults/postgres.mjs';

/** Each fault: what does it, what is counted by `n`, its full size, what it needs of the stage, and the figure that shows that it was felt. */
export const SCENARIOS = {
  kill: { inject: kill, unit: 'kills', full: 1_000 },
  pause: { inject: pause, unit: 'pauses', full: 200 },
  net: { inject: net, unit: 'cuts', full: 300, network: true },
  postgres: { inject: postgres, unit: 'runs', full: 5_000, runs: true },
  disk: { inject: disk, unit: 'fillings of each disk', full: 20, disks: true, proof: 'appends refused' },
  orphan: { inject: orphan, unit: 'tasks with daemons', full: 300 },
  mix: { inject: mix, unit: 'faults', full: 500, network: true, disks: true },
};

/** What CI does, with one start of the system for each group. */
export const CI = [
  { topology: 'apart', faults: [['kill', 25], ['pause', 6], ['postgres', 200], ['orphan', 10]] },
  { topology: 'together', faults: [['net', 4], ['disk', 1]] },
];
