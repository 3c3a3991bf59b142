// docs/reliability.md from the results. Pure: the same results give the same text.
import { DAYS } from './staleness.mjs';

const NOTE = '<!-- Written by `npm run scoreboard` from docs/results; run a command of it with --json instead of editing. -->';
const SCALES = { ci: 'CI size', full: 'full size' };

/** The page over all results. */
export function reliabilityPage(results, figures, sources) {
  return [
    NOTE, '# Reliability, measured', '', ...INTRODUCTION, '',
    '## In one table', '', ...overview(results, figures, sources), '',
    ...Object.keys(sources).flatMap((name) => section(name, results.filter(({ figure }) => figure === name), figures, sources)),
    ...withoutFigure(results, figures), ...NOT_COVERED, '',
  ].join('\n');
}

const INTRODUCTION = [
  'We promise that nothing acknowledged is lost and that nothing counts twice. Below is what we measured of that promise, and after it what we did not.', '',
  '- Every figure is the last run of one command, kept as a file in [docs/results](results/README.md) with its seed, commit, driver, size and machine. Nobody types numbers into this page.',
  '- *CI size* is what `.ci/run` repeats at every change (mutation testing apart: a sample, by hand); *full size* is the same command, run longer by hand. A column never borrows from the other, and a dash means: not run.',
  '- A fault that hits nothing proves nothing. The commands count the faults that hit while something was in flight, and a run in which none did fails.',
  '- 0 in *n* is a bound, not a zero: with 95 % confidence the true rate is below 3/*n*, and only for faults like those injected here.',
  '- `+` behind a commit: the checkout had changes that were not committed.',
  `- **When a figure expires:** \`npm run scoreboard -- --check\`, a step of \`.ci/run\`, fails when this page is not what the results make, when the code of a figure's command has changed since (comments`,
  `  and layout apart), or when the product code that it speaks of changed more than ${DAYS} days after it was measured.`,
];

const NOT_COVERED = [
  '## Not covered at all', '',
  '- **A disk that lies.** One PostgreSQL with `fsync` on is taken at its word; if the machine loses what it called durable, we lose it. No second copy, no fail-over of the database is tested here.',
  '- **Byzantine hosts.** A process with the service credential can write what it likes; the chain of hashes shows that records were altered, not that an owner lied when it wrote them.',
  '- **The kernel and the hypervisor.** kill -9, SIGSTOP, namespaces and full file systems are injected; power cuts, bad memory and torn sectors are not.',
  '- **What the simulation replaces by ports**: SQL, HTTP, TypeORM, circuit breakers, the file system. They are exercised end to end with real processes, at much smaller numbers.',
  '- **Many machines.** Chaos runs on one machine with network namespaces; clock skew between hosts exists in the simulation only.',
  '- **Tests that nobody thought of.** The planted bugs and mutants say that the tests see errors of those kinds, not that there are no others.',
  '- **macOS.** It is supported and not measured.',
  '- **Messages outside**: a notification whose receiver knows no key (Slack) can arrive twice after a crash between sending and recording.', '',
];

function overview(results, figures, sources) {
  const rows = Object.keys(sources).flatMap((name) => driversOf(results, name).map((driver) => {
    const of = (scale) => results.find((result) => result.figure === name && result.driver === driver && result.scale === scale);
    return `| ${numbersOf(name, figures).join(', ')} | [${sources[name].title}](#${name}) | ${driver} | ${headline(of('ci'))} | ${headline(of('full'))} |`;
  }));
  if (rows.length === 0) return ['No result yet.'];
  return ['| # | figure | log | CI size | full size |', '|---|---|---|---|---|', ...rows];
}

const driversOf = (results, name) => [...new Set(results.filter(({ figure }) => figure === name).map(({ driver }) => driver))].sort();
const numbersOf = (name, figures) => figures.filter(({ by }) => by?.includes(name)).map(({ number }) => number);

/** The verdict and the first values, which a command lists in the order of their weight. */
function headline(result) {
  if (!result) return '–';
  const first = flat(result.values).slice(0, 3).map(([key, value]) => `${key} ${value}`).join(', ');
  return `${verdict(result)}: ${result.size}; ${first}`;
}

const verdict = ({ passed }) => (passed ? 'passed' : '**FAILED**');

function section(name, results, figures, sources) {
  if (results.length === 0) return [];
  const columns = driversOf(results, name).flatMap((driver) => Object.keys(SCALES).flatMap((scale) => results.filter((result) => result.driver === driver && result.scale === scale)));
  const goals = figures.filter(({ by }) => by?.includes(name)).map(({ number, what, goal }) => `${number}: ${what}. Goal: ${goal}.`);
  const keys = [...new Set(columns.flatMap(({ values }) => flat(values).map(([key]) => key)))];
  const line = (title, cell) => `| ${title} | ${columns.map(cell).join(' | ')} |`;
  return [
    `## ${name}`, '', `${sources[name].title}.`, ...goals.map((goal) => `- ${goal}`), '',
    line('', ({ driver, scale }) => `${driver}, ${SCALES[scale]}`), `|---|${columns.map(() => '---|').join('')}`,
    line('verdict', (result) => [verdict(result), ...result.failedBecause].join('; ')), line('size', ({ size }) => size),
    ...keys.map((key) => line(key, ({ values }) => new Map(flat(values)).get(key) ?? '–')),
    line('seed', ({ seed }) => seed ?? '–'), line('took', ({ seconds }) => duration(seconds)), line('measured', ({ date }) => `${date.slice(0, 16).replace('T', ' ')} UTC`),
    line('commit', ({ commit }) => `\`${commit}\``), line('machine', ({ node, cores }) => `Node ${node.slice(1)}, ${cores} cores`), line('command', ({ command }) => `\`${command}\``), '',
  ];
}

function withoutFigure(results, figures) {
  const measured = ({ by = [] }) => by.some((name) => results.some(({ figure }) => figure === name));
  const missing = figures.filter((figure) => !measured(figure));
  const held = missing.filter(({ specs }) => specs);
  const absent = missing.filter(({ specs }) => !specs);
  const line = ({ number, what, goal }) => `${number}: ${what} (goal: ${goal})`;
  return [
    ...(held.length ? ['## Held by specs of `npm test`, without a figure of their own', '', ...held.map((figure) => `- ${line(figure)}: ${figure.specs.map((spec) => `[${spec}](../${spec})`).join(', ')}`), ''] : []),
    ...(absent.length ? ['## Figures that do not exist yet', '', ...absent.map((figure) => `- ${line(figure)}`), ''] : []),
  ];
}

/** Values by their words, deepest last: `{recovery: {p50: 4}}` is "recovery p50". */
function flat(values, prefix = '') {
  return Object.entries(values).flatMap(([key, value]) => {
    const name = `${prefix}${words(key)}`;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? flat(value, `${name} `) : [[name, text(value)]];
  });
}

const words = (key) => key.replace(/([a-z0-9])([A-Z])/g, (_, before, letter) => `${before} ${letter.toLowerCase()}`).replaceAll('_', ' ');

function text(value) {
  if (Array.isArray(value)) return value.map(text).join(', ') || 'none';
  if (value === null) return 'none';
  const cell = typeof value === 'number' ? Number(value.toPrecision(12)).toLocaleString('en-GB', { maximumFractionDigits: 4 }) : String(value);
  return cell.replaceAll('|', '\\|').replace(/\s+/g, ' ');
}

function duration(seconds) {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
