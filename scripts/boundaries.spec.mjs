// A boundary never seen to fail is none: one forbidden thing per rule is planted in a small copy of the workspace, and each must be reported.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import rules from '../.dependency-cruiser.cjs';
import lint from '../eslint.config.mjs';

// Each case starts a tool of its own, which loads TypeScript.
jest.setTimeout(120_000);

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CONFIGURATION = ['.dependency-cruiser.cjs', 'eslint.config.mjs', 'tsconfig.base.json', 'tsconfig.specs.json', 'package.json'];
const packagesOf = (group) => readdirSync(join(ROOT, group)).filter((name) => existsSync(join(ROOT, group, name, 'package.json'))).map((name) => `${group}/${name}`);
const PACKAGES = [...['libs', 'services', 'apps'].flatMap(packagesOf), 'simulation'];

/** Configuration and package files as they are, sources as small as they can be, and node_modules by links. */
function copyOfWorkspace(extra = {}) {
  const copy = mkdtempSync(join(tmpdir(), 'novacron-boundaries-'));
  for (const file of CONFIGURATION) cpSync(join(ROOT, file), join(copy, file));
  link(copy, readdirSync(join(ROOT, 'node_modules')).filter((name) => !name.startsWith('.') && name !== '@novacron'));
  for (const name of PACKAGES) {
    cpSync(join(ROOT, name, 'package.json'), write(copy, `${name}/package.json`, ''));
    write(copy, `${name}/src/index.ts`, "export const name = 'x';\n");
    mkdirSync(join(copy, 'node_modules/@novacron'), { recursive: true });
    symlinkSync(join(copy, name), join(copy, 'node_modules/@novacron', name.split('/').at(-1)));
  }
  write(copy, 'apps/agent/src/main.ts', "export const name = 'x';\n");
  for (const [file, text] of Object.entries(extra)) write(copy, file, text);
  return copy;
}

function link(copy, names) {
  mkdirSync(join(copy, 'node_modules'));
  for (const name of names) symlinkSync(join(ROOT, 'node_modules', name), join(copy, 'node_modules', name));
}

function write(copy, file, text) {
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  writeFileSync(join(copy, file), text);
  return join(copy, file);
}

function run(copy, script, args) {
  const { stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'node_modules', script), ...args], { cwd: copy, encoding: 'utf8', maxBuffer: 64 << 20 });
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`${script} gave no report: ${stderr || stdout}`);
  }
}

const boundaryReport = (copy) => run(copy, 'dependency-cruiser/bin/dependency-cruise.mjs', ['--config', '.dependency-cruiser.cjs', '-T', 'json', 'libs', 'services', 'apps', 'simulation'])
  .summary.violations.map(({ rule, from }) => `${rule.name} ${from}`);
const lintReport = (copy) => run(copy, 'eslint/bin/eslint.js', ['.', '-f', 'json'])
  .flatMap(({ filePath, messages }) => messages.map(({ ruleId, message }) => ({ file: filePath.slice(filePath.indexOf('novacron-boundaries-')).split('/').slice(1).join('/'), ruleId, message })));

/** Rule -> the file planted, and what it imports. */
const IMPORTS = {
  'libs-kernel-reach': ['libs/kernel/src/planted.ts', "import 'zod';"],
  'libs-contracts-reach': ['libs/contracts/src/planted.ts', "import 'node:fs';"],
  'libs-workflow-reach': ['libs/workflow/src/planted.ts', "import 'node:fs';"],
  'libs-log-reach': ['libs/log/src/planted.ts', "import '@novacron/contracts';"],
  'libs-client-reach': ['libs/client/src/planted.ts', "import '@novacron/log';"],
  'libs-service-reach': ['libs/service/src/planted.ts', "import '@novacron/workflow';"],
  'libs-testing-reach': ['libs/testing/src/planted.ts', "import '@novacron/service';"],
  'apps-agent-reach': ['apps/agent/src/planted.ts', "import '@novacron/log';"],
  'apps-cli-reach': ['apps/cli/src/planted.ts', "import '@novacron/service';"],
  'domain-is-pure': ['services/triggers/src/domain/cron/planted.ts', "import '@novacron/service';"],
  'services-are-strangers': ['services/triggers/src/planted-stranger.ts', "import '@novacron/resolver';"],
  'services-know-no-apps': ['services/triggers/src/planted-client.ts', "import '@novacron/client';"],
  'one-composition-root': ['apps/cli/src/planted-service.ts', "import '@novacron/gateway';"],
  'apps-are-strangers': ['apps/standalone/src/planted.ts', "import '../../cli/src/index.ts';"],
  'libs-know-no-apps': ['libs/service/src/planted-app.ts', "import '../../../apps/cli/src/index.ts';"],
  'by-name-only': ['services/fleet/src/planted.ts', "import '../../../libs/log/src/inside.ts';"],
  'database-in-its-places': ['services/fleet/src/planted-database.ts', "import 'pg';"],
  'no-test-kit-in-product': ['services/fleet/src/planted-kit.ts', "import '@novacron/testing';"],
  'no-cycles': ['libs/kernel/src/planted-cycle.ts', "import { other } from './planted-other.ts';\nexport const one = () => other;"],
  resolvable: ['libs/kernel/src/planted-lost.ts', "import './nowhere.ts';"],
};
const SUPPORT = {
  'libs/log/src/inside.ts': 'export const inside = 1;\n',
  'libs/kernel/src/planted-other.ts': "import { one } from './planted-cycle.ts';\nexport const other = () => one;\n",
};

const THERE = 'services/triggers/src/planted';
/** What is planted -> a word of what must be said. Each lies in a file of its own. */
const CODE = [
  [THERE, 'export const x = Date.now();', /Date\.now/],
  [THERE, 'export const x = new Date();', /new Date\(\)/],
  [THERE, 'export const x = Date();', /clock by Date\(\)/],
  [THERE, 'export const x = Math.random();', /Math\.random/],
  [THERE, 'export const x = crypto.randomUUID();', /No randomUUID/],
  [THERE, 'export const x = globalThis.setTimeout;', /globalThis/],
  [THERE, 'setTimeout(() => 1, 1);', /No setTimeout/],
  [THERE, 'setInterval(() => 1, 1);', /No setInterval/],
  [THERE, 'setImmediate(() => 1);', /No setImmediate/],
  [THERE, 'export const x = performance.now();', /No performance/],
  ...['timers', 'timers/promises', 'perf_hooks'].flatMap((name) => [name, `node:${name}`]).map((name) => [THERE, `import '${name}';`, /take the ports/]),
  ...['crypto', 'node:crypto'].map((name) => [THERE, `export { randomUUID } from '${name}';`, /take the ports/]),
  [THERE, "export const x = process.env['HOME'];", /process\.env/],
  [THERE, 'export const { env } = process;', /process\.env/],
  ...['process', 'node:process'].map((name) => [THERE, `export { env } from '${name}';`, /environment/]),
  [THERE, "import { spawn } from 'node:child_process';\nspawn('true', { shell: true });", /No shell/],
  ...['child_process', 'node:child_process'].map((name) => [THERE, `export { exec } from '${name}';`, /No shell/]),
  ...['vm', 'node:vm'].map((name) => [THERE, `import '${name}';`, /node:vm/]),
  [THERE, "eval('1');", /eval/],
  [THERE, "export const x = new Function('return 1');", /Function/],
  [THERE, 'export default 1;', /No default export/],
  [THERE, 'const late = async () => 1;\nlate();', /Promises must be awaited/],
  [THERE, 'const late = async () => true;\nif (late()) throw new Error();', /Promise/],
  [THERE, '\n'.repeat(400), /too many lines/],
  ...["export const x = 'RunStarted';", 'export const x = `RunStarted`;', 'export const x = { Deliver: 1 };', "import * as all from 'node:os';\nexport const x = (all as any).StartAttempt;"].map((text) => ['simulation/src/world/planted', text, /No name of an event/]),
  ['simulation/src/world/planted', 'export const x = Date.now();', /Date\.now/],
  ['services/triggers/src/cron-helper', 'export const x = 1;', /says nothing/],
  ['services/triggers/src/domain/cron/planted', 'export const x = async () => 1;', /No async/],
  ['services/triggers/src/domain/cron/planted', 'await 1;\nexport {};', /No await/],
  ['services/triggers/src/domain/cron/planted', 'for await (const x of []) x;\nexport {};', /No await/],
  ['services/triggers/src/domain/cron/planted', 'export const x = Promise;', /No Promise/],
  ['services/triggers/src/domain/cron/planted', "export const x = () => import('./a.ts');", /No import\(\)/],
  ['services/triggers/src/domain/cron/planted', "import 'node:fs';", /No node: modules/],
  ['services/triggers/src/domain/cron/planted', "export const x = 'a'.localeCompare('b');", /Locale/],
  ...['process', 'console', 'fetch', 'queueMicrotask'].map((name) => ['services/triggers/src/domain/cron/planted', `export const x = ${name};`, new RegExp(`No ${name}`)]),
].map(([place, text, said], index) => ({ file: `${place}-${index}.ts`, text: `${text}\n`, said }));

/** Each in the place where it is allowed. */
const ALLOWED = {
  'libs/kernel/src/real-ports.ts': 'export const x = Date.now();\n',
  'services/triggers/src/config.ts': "export const x = process.env['HOME'];\n",
  'apps/agent/src/main.ts': "setTimeout(() => process.env['HOME'], 1);\n",
  'simulation/src/workload/planted.ts': "export const x = 'RunStarted';\n",
  'services/triggers/src/planted.spec.ts': 'setTimeout(() => Date.now(), 1);\n',
};

let clean;
let planted;
beforeAll(() => {
  clean = copyOfWorkspace(ALLOWED);
  const imports = Object.values(IMPORTS).map(([file, text]) => [file, `${text}\n`]);
  planted = copyOfWorkspace({ ...Object.fromEntries(imports), ...SUPPORT, ...Object.fromEntries(CODE.map(({ file, text }) => [file, text])) });
});
afterAll(() => [clean, planted].filter(Boolean).forEach((copy) => rmSync(copy, { recursive: true, force: true })));

describe('boundaries', () => {
  it('say nothing about a clean copy', () => expect(boundaryReport(clean)).toEqual([]));

  it('report one planted import per rule', () => {
    expect(Object.keys(IMPORTS).sort()).toEqual(rules.forbidden.map((rule) => rule.name).sort());
    const found = boundaryReport(planted);
    for (const [rule, [file]] of Object.entries(IMPORTS)) expect(found).toContain(`${rule} ${file}`);
  });
});

describe('lint', () => {
  it('says nothing about a clean copy, nor about what is allowed where it is allowed', () => expect(lintReport(clean)).toEqual([]));

  it('reports each planted line, and every restriction is seen to fail', () => {
    const found = lintReport(planted);
    const missed = CODE.filter(({ file, said }) => !found.some((one) => one.file === file && said.test(one.message)));
    expect(missed.map(({ file, text }) => `${file}: ${text}`)).toEqual([]);
    const said = found.map(({ message }) => message).join('\n');
    expect(restrictions().filter((message) => !said.includes(message))).toEqual([]);
  });
});

/** The sentence of every restriction that the configuration makes. */
function restrictions() {
  const of = (options) => options.flatMap((option) => (option.message ? [option.message] : [...(option.paths ?? []), ...(option.patterns ?? [])].map(({ message }) => message)));
  const names = ['no-restricted-syntax', 'no-restricted-globals', '@typescript-eslint/no-restricted-imports'];
  return [...new Set(lint.flatMap(({ rules = {} }) => names.flatMap((name) => (Array.isArray(rules[name]) ? of(rules[name].slice(1)) : []))))];
}
