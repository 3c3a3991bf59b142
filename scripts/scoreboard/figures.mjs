// The table of what we publish: the numbered figures, and the commands that prove them. The only file that a new figure needs.

const PRODUCT = ['libs/log', 'services', 'apps/agent'];
const FAULTS = ['broker', 'disk', 'kill', 'mix', 'net', 'orphan', 'pause', 'postgres'];
/** What a command's verdict hangs on: a change here makes its old results say something about another command. Without pages, specs, kept seeds, and how other faults than these are done. */
const chaos = (...faults) => ({ paths: ['chaos'], except: ['chaos/planted', ...FAULTS.filter((fault) => !faults.includes(fault)).map((fault) => `chaos/faults/${fault}.mjs`)] });
const SIMULATION = { paths: ['simulation'], except: ['simulation/regressions'] };

/** figure (as results name it) -> title, harness and the product code that it speaks of, as paths from the root. */
export const SOURCES = {
  sim: { title: 'Fault schedules in deterministic simulation', harness: SIMULATION, product: PRODUCT },
  crashpoints: { title: 'A crash at every named place', harness: SIMULATION, product: PRODUCT },
  kill: { title: 'kill -9 of random processes under load', harness: chaos('kill'), product: PRODUCT },
  pause: { title: 'Processes stopped for 1 to 60 s and woken', harness: chaos('pause'), product: PRODUCT },
  net: { title: 'Partitions, loss and delay between network namespaces', harness: chaos('net'), product: PRODUCT },
  postgres: { title: 'PostgreSQL restarted every 5 to 10 s', harness: chaos('postgres'), product: PRODUCT },
  disk: { title: 'The disk runs full and gets room again', harness: chaos('disk'), product: PRODUCT },
  orphan: { title: 'The agent killed over double-forking tasks', harness: chaos('orphan'), product: ['apps/agent'] },
  broker: { title: 'One broker of three restarted every 20 s', harness: chaos('broker'), product: PRODUCT },
  mix: { title: 'All of these at once', harness: chaos('mix', 'kill', 'pause', 'net', 'postgres', 'disk'), product: PRODUCT },
  planted: { title: 'Planted bugs caught', harness: { paths: ['chaos/planted'] }, product: PRODUCT },
  mutation: { title: 'Mutants of the validity rule, the kernel and readiness killed', harness: { paths: ['scripts/mutation'] }, product: ['libs/log/src/rule.ts', 'libs/kernel', 'services/resolver/src/domain/run'] },
  'state-hash': { title: 'The state of an earlier moment equals what was recorded live', harness: { paths: ['e2e'], except: ['e2e/audit', 'e2e/kill', 'e2e/stories'] }, product: PRODUCT },
  'state-speed': { title: 'Seconds from a question about the past to its answer', harness: { paths: ['bench/past.mjs'] }, product: PRODUCT },
  'audit-attack': { title: 'Tampering found in a copy of the log', harness: { paths: ['e2e/audit'] }, product: PRODUCT },
};

/** The numbered figures: what each shows, the level we want, the figure that measures it and the specs of `npm test` that hold part of it. */
export const FIGURES = [
  { number: 1, what: 'violations of the twelve invariants over seeded fault schedules', goal: '0 in 10,000 seeds a CI run, 0 in 100,000 at full size', by: ['sim'] },
  { number: 2, what: 'places where a crash could matter: killed at / named', goal: '100 %, 0 violations', by: ['crashpoints'] },
  { number: 3, what: 'model check of the validity rule', goal: 'exhaustive to its bound, 0 violations, its planted errors caught', specs: ['libs/log/src/rule.spec.ts'] },
  { number: 4, what: 'conformance of the log drivers', goal: 'the same suites on every driver, acknowledged but lost 0', specs: ['libs/log/src/memory.spec.ts', 'libs/log/src/postgres/postgres.spec.ts', 'libs/log/src/kafka/conformance.kafka.spec.ts'] },
  { number: 5, what: 'kill -9 under load, on a real log', goal: '1,000 kills: lost 0, counted twice 0', by: ['kill'] },
  { number: 6, what: 'zombies after a pause', goal: 'stale commits applied 0', by: ['pause'] },
  { number: 7, what: 'network faults', goal: 'lost 0, counted twice 0, healed within 30 s (p99)', by: ['net'] },
  { number: 8, what: 'restarts of the database, or of a broker', goal: '100 % of 5,000 runs complete, counted twice 0', by: ['postgres', 'disk', 'broker'] },
  { number: 9, what: 'runs completed under mixed faults', goal: 'at least 99.99 %, failures only by the user\'s own code', by: ['mix'] },
  { number: 10, what: 'attempt lost to running again', goal: 'p50 17 s, p99 30 s', by: ['kill', 'net'] },
  { number: 11, what: 'service killed to next commit', goal: 'p99 3 s', by: ['kill'] },
  { number: 12, what: 'rebuilt state equals live state', goal: '100 %, effects done by a rebuild 0', by: ['state-hash', 'state-speed'], specs: ['libs/log/src/conformance/host.ts', 'libs/log/src/conformance/past.ts'] },
  { number: 13, what: 'speed of a rebuild', goal: '50,000 events/s a core; `npm run bench` prints it' },
  { number: 14, what: 'length of one run', goal: '200,000 events, p99 flat' },
  { number: 15, what: 'cron over zones, DST and policies; double and missed fires over failovers', goal: '100 %; 0 and 0', specs: ['services/triggers/src/domain/trigger/laws.spec.ts'] },
  { number: 16, what: 'checkpoints killed during save', goal: 'resumes from an invalid one 0' },
  { number: 17, what: 'processes that outlive their killed agent', goal: '0 after 10 s', by: ['orphan'] },
  { number: 18, what: 'malformed input: API, YAML, expressions, webhooks, records', goal: '1,000,000: crashes 0, hangs 0, 5xx 0' },
  { number: 19, what: 'authorization over routes, roles and tenants', goal: '100 %, leaks 0' },
  { number: 20, what: 'escapes from the sandbox, SSRF, traversal, secret canaries', goal: '0 each' },
  { number: 21, what: 'tampering with the audit trail', goal: '10,000 of 10,000 found and their place named', by: ['audit-attack'] },
  { number: 22, what: 'one destination of notifications down for an hour', goal: 'p99 of the others unchanged, critical lost 0' },
  { number: 23, what: 'ten times the load for 10 minutes; one noisy tenant', goal: 'memory bounded, lost 0, others\' p99 within 2x' },
  { number: 24, what: 'upgrade and rollback under load', goal: 'violations 0' },
  { number: 25, what: 'soak of an hour: memory, file descriptors, dead tuples, idle CPU', goal: 'slopes about 0' },
];
