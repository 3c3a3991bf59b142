// Lint: correctness, the promises of a pure core, and where the world may be touched. Module boundaries: .dependency-cruiser.cjs.
import { basename, relative, sep } from 'node:path';
import tseslint from 'typescript-eslint';

/** Sources of packages; specs, their fixtures and examples, test kits and conformance suites may wait, spawn and look at the clock. */
const SOURCES = ['libs/*/src/**/*.ts', 'services/*/src/**/*.ts', 'apps/*/src/**/*.ts', 'simulation/src/**/*.ts'];
const TESTS = ['**/*.spec.ts', '**/*.fixture.ts', '**/examples.ts', '**/testing/**', '**/conformance/**'];

/** Where the ports to clock, timers and randomness are made, and the edges that start processes before any port exists. */
const PORT_FILES = [
  'libs/kernel/src/real-ports.ts', 'libs/log/src/embedded/**',
  'apps/*/src/main.ts', 'simulation/src/main.ts', 'apps/agent/src/worker/worker-main.ts', 'apps/standalone/src/supervise/**', 'apps/standalone/src/services.ts',
];

/** Who reads the environment: settings, the files that start a process, and those that hand it on to a child. */
const ENVIRONMENT_FILES = [
  '**/config.ts', '**/main.ts', '**/runtime.ts', '**/run-service.ts', 'apps/cli/src/find-server.ts', 'apps/standalone/src/supervise/**', 'apps/standalone/src/services.ts', 'apps/standalone/src/rebuild.ts', 'apps/standalone/src/state.ts',
  'apps/standalone/src/audit.ts', 'apps/standalone/src/log-copy.ts',
  'libs/log/src/embedded/**', 'apps/agent/src/environment.ts', 'apps/agent/src/process-tree.ts', 'apps/agent/src/worker/worker-main.ts',
];

const ports = 'take the ports of @novacron/kernel: time, timers and randomness are injected, so that everything runs under one seed.';
const clock = {
  syntax: [
    { selector: "MemberExpression[object.name='Date'][property.name='now']", message: `No Date.now: ${ports}` },
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: `No clock by new Date(): ${ports}` },
    { selector: "CallExpression[callee.name='Date']", message: `No clock by Date(): ${ports}` },
    { selector: "MemberExpression[object.name='Math'][property.name='random']", message: `No Math.random: ${ports}` },
    { selector: 'MemberExpression[property.name=/^(randomUUID|hrtime)$/]', message: `No randomUUID, no hrtime: ${ports}` },
    { selector: "MemberExpression[object.name='globalThis'][property.name=/^(setTimeout|setInterval|setImmediate|performance|crypto)$/]", message: `Not by globalThis either: ${ports}` },
  ],
  globals: ['setTimeout', 'setInterval', 'setImmediate', 'performance'].map((name) => ({ name, message: `No ${name}: ${ports}` })),
  paths: [
    ...['timers', 'timers/promises', 'perf_hooks'].flatMap((name) => [name, `node:${name}`]).map((name) => ({ name, message: ports, allowTypeImports: true })),
    ...['crypto', 'node:crypto'].map((name) => ({ name, importNames: ['randomUUID', 'randomInt', 'getRandomValues', 'webcrypto'], message: ports })),
  ],
};

const danger = {
  syntax: [
    { selector: "Property[key.name='shell'][value.value!=false]", message: 'No shell: pass argv, so that no value is ever read as a command.' },
  ],
  globals: [],
  paths: [
    ...['vm', 'node:vm'].map((name) => ({ name, message: 'No node:vm: it is no wall against code, and expressions are CEL.' })),
    ...['child_process', 'node:child_process'].map((name) => ({ name, importNames: ['exec', 'execSync'], message: 'No shell: spawn or execFile with argv.' })),
  ],
};

const environment = {
  syntax: [
    { selector: "MemberExpression[object.name='process'][property.name='env']", message: 'process.env is read in config.ts only: take a typed setting.' },
    { selector: "VariableDeclarator[init.name='process'] Property[key.name='env']", message: 'process.env is read in config.ts only: take a typed setting.' },
  ],
  globals: [],
  paths: ['process', 'node:process'].map((name) => ({ name, importNames: ['env'], message: 'The environment is read in config.ts only.' })),
};

const pure = 'domain/ decides: no waiting, no I/O, no environment. Ask for an effect or a timer in the decision.';
const purity = {
  syntax: [
    { selector: ':function[async=true]', message: `No async: ${pure}` },
    { selector: 'AwaitExpression', message: `No await: ${pure}` },
    { selector: 'ForOfStatement[await=true]', message: `No await: ${pure}` },
    { selector: "Identifier[name='Promise']", message: `No Promise: ${pure}` },
    { selector: 'ImportExpression', message: `No import(): ${pure}` },
    { selector: 'MemberExpression[property.name=/^(localeCompare|toLocale\\w+|getTimezoneOffset)$/]', message: `Locale and time zone differ between machines: ${pure}` },
  ],
  globals: ['process', 'console', 'fetch', 'queueMicrotask'].map((name) => ({ name, message: `No ${name}: ${pure}` })),
  patterns: [{ regex: '^(node:|(fs|path|os|crypto|net|http|child_process|process)(/|$))', message: `No node: modules: ${pure}` }],
};

/** The simulation drives services by their definitions and edges alone: a message that it knew by name would be a rule it had an opinion on. */
const MESSAGE_NAME = '/^[A-Z][a-z]+([A-Z][a-z]+)*$/';
const nameless = {
  syntax: ['Literal[value=', 'TemplateElement[value.raw=', 'Property > Identifier.key[name=', 'MemberExpression > Identifier.property[name='].map((node) => (
    { selector: `${node}${MESSAGE_NAME}]`, message: 'No name of an event, command or effect in simulation/ outside workload/ and checker/.' })),
};

/** One rule may be configured once for a file, so what holds there is joined. */
function forbid(...sets) {
  const all = (part) => sets.flatMap((set) => set[part] ?? []);
  // A severity without options would keep the options of the block before.
  const rule = (options) => (options.length > 0 ? ['error', ...options] : 'off');
  return {
    'no-restricted-syntax': rule(all('syntax')),
    'no-restricted-globals': rule(all('globals')),
    '@typescript-eslint/no-restricted-imports': ['error', { paths: all('paths'), patterns: all('patterns') }],
  };
}

const BANNED = new Set(['manager', 'helper', 'helpers', 'util', 'utils', 'common', 'shared', 'base', 'data', 'info', 'misc', 'impl']);
const wordsOf = (name) => name.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/).map((word) => word.toLowerCase());

/** Names that say nothing: a file is called after what it is about. */
const fileName = {
  meta: { type: 'suggestion', schema: [] },
  create: (context) => ({
    Program(node) {
      const path = relative(context.cwd, context.filename).split(sep);
      const found = path.slice(path.indexOf('src') + 1).flatMap(wordsOf).find((word) => BANNED.has(word));
      if (found) context.report({ node, message: `"${found}" in ${basename(context.filename)} or its folder says nothing: name the file after what it is about.` });
    },
  }),
};

/** What ESLint itself finds that TypeScript does not. */
const CORRECTNESS = [
  'constructor-super', 'for-direction', 'no-async-promise-executor', 'no-caller', 'no-case-declarations', 'no-class-assign', 'no-compare-neg-zero', 'no-cond-assign', 'no-constant-binary-expression',
  'no-debugger', 'no-delete-var', 'no-dupe-else-if', 'no-duplicate-case', 'no-empty-character-class', 'no-empty-pattern', 'no-ex-assign', 'no-extra-boolean-cast',
  'no-fallthrough', 'no-global-assign', 'no-invalid-regexp', 'no-irregular-whitespace', 'no-loss-of-precision', 'no-misleading-character-class', 'no-prototype-builtins',
  'no-regex-spaces', 'no-self-assign', 'no-self-compare', 'no-shadow-restricted-names', 'no-sparse-arrays', 'no-unexpected-multiline', 'no-unreachable',
  'no-unreachable-loop', 'no-unsafe-finally', 'no-unsafe-negation', 'no-unsafe-optional-chaining', 'no-unused-labels', 'no-useless-backreference', 'no-useless-catch', 'no-useless-escape', 'use-isnan',
  'valid-typeof', 'no-eval', 'no-implied-eval', 'no-new-func', 'no-var',
];

/** Configurations of tools must export a default; nothing else does, so that a name means the same everywhere. */
const noDefaultExport = [{ selector: 'ExportDefaultDeclaration', message: 'No default export: a thing has one name everywhere.' }];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.novacron*/**', 'coverage/**', '.tmp/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...tseslint.configs.recommended,
  {
    rules: {
      ...Object.fromEntries(CORRECTNESS.map((rule) => [rule, 'error'])),
      'prefer-const': ['error', { destructuring: 'all' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none', ignoreRestSiblings: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', 'e2e/**', 'bench/**'],
    rules: forbid(danger),
  },
  {
    files: ['**/*.cjs'],
    rules: { '@typescript-eslint/no-require-imports': 'off', 'no-var': 'off' },
  },
  {
    files: ['libs/**/*.ts', 'services/**/*.ts', 'apps/**/*.ts', 'simulation/**/*.ts'],
    plugins: { novacron: { rules: { 'file-name': fileName } } },
    languageOptions: { parserOptions: { project: './tsconfig.specs.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...forbid(danger, { syntax: noDefaultExport }),
      'novacron/file-name': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
      '@typescript-eslint/no-misused-promises': 'error',
    },
  },
  { files: SOURCES, ignores: TESTS, rules: { ...forbid(danger, { syntax: noDefaultExport }, clock, environment), 'max-lines': ['warn', 300] } },
  { files: PORT_FILES, ignores: TESTS, rules: forbid(danger, { syntax: noDefaultExport }, environment) },
  { files: ENVIRONMENT_FILES, ignores: [...TESTS, ...PORT_FILES], rules: forbid(danger, { syntax: noDefaultExport }, clock) },
  { files: intersection(PORT_FILES, ENVIRONMENT_FILES), ignores: TESTS, rules: forbid(danger, { syntax: noDefaultExport }) },
  { files: ['simulation/src/**/*.ts'], ignores: [...TESTS, ...PORT_FILES, 'simulation/src/{workload,checker}/**'], rules: forbid(danger, { syntax: noDefaultExport }, clock, environment, nameless) },
  { files: ['services/*/src/domain/**/*.ts'], ignores: TESTS, rules: forbid(danger, { syntax: noDefaultExport }, clock, environment, purity) },
);

/** ESLint reads a nested list as "all of these". */
function intersection(left, right) {
  return left.flatMap((one) => right.map((other) => [one, other]));
}
