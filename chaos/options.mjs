import { parseArgs } from 'node:util';
import { CI, LOGS, SCENARIOS } from './scenarios.mjs';
import { TOPOLOGIES } from './topology.mjs';

const TEXT = { type: 'string' };

/** The command line as groups of scenarios for one start of the system each; a wrong one is told in one sentence. */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      fault: TEXT, n: TEXT, seed: TEXT, log: { ...TEXT, default: 'postgres' }, topology: { ...TEXT, default: 'apart' }, width: { ...TEXT, default: '24' }, longest: { ...TEXT, default: '60' }, gateways: { ...TEXT, default: '2' },
      json: TEXT, add: { type: 'boolean', default: false }, scale: { ...TEXT, default: 'ci' }, ci: { type: 'boolean', default: false },
    },
  });
  oneOf('topology', values.topology, Object.keys(TOPOLOGIES));
  oneOf('scale', values.scale, ['ci', 'full']);
  oneOf('log', values.log, LOGS);
  if (values.add && !values.json) throw new Error('--add adds to the results in a file: name it with --json');
  const options = { ...values, width: whole('width', values.width), longest: whole('longest', values.longest), gateways: whole('gateways', values.gateways), seed: whole('seed', values.seed ?? String(Date.now() % 1_000_000)) };
  if (values.ci) return { ...options, longest: 20, groups: CI[values.log] };
  oneOf('fault', values.fault, Object.keys(SCENARIOS).filter((name) => SCENARIOS[name].logs.includes(values.log)));
  return { ...options, groups: [{ topology: values.topology, faults: [[values.fault, whole('n', values.n ?? '20')]] }] };
}

function whole(name, text) {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} must be a whole number from 1, not "${text}"`);
  return Number(text);
}

function oneOf(name, value, known) {
  if (!known.includes(value)) throw new Error(`--${name} must be one of ${known.join(', ')}${value === undefined ? '' : `, not "${value}"`}`);
}
