// Who may import what (ARCHITECTURE.md, "Who may import what"). scripts/boundaries.spec.mjs plants one forbidden import per rule.
'use strict';

/** Specs, their fixtures and the kits they share. */
const TEST = '[.](spec|fixture)[.]ts$|/examples[.]ts$|/src/(testing|conformance)/|^libs/testing/';
/** Any file of these packages, by their resolved paths. */
const packages = (...names) => `^(${names.join('|')})/`;
/** Resolved npm packages, hoisted or not. */
const npm = (...names) => `node_modules/(@types/)?(${names.join('|')})(/|$)`;
const libs = (...names) => packages(...names.map((name) => `libs/${name}`));
const core = (...names) => `^(${names.join('|')})$`;
const some = (pattern, names) => (Array.isArray(names) && names.length > 0 ? [pattern(...names)] : []);

const KERNEL = 'kernel';
/** What each package may reach beside itself; of Node's own modules what `core` says. Anything else is an error. */
const ALLOWED = {
  'libs/kernel': { libs: [], npm: [], core: ['crypto'] },
  'libs/contracts': { libs: [KERNEL], npm: ['zod'], core: [] },
  'libs/workflow': { libs: [KERNEL, 'contracts'], npm: ['yaml', '@bufbuild/cel', '@bufbuild/protobuf', 'croner', 'semver'], core: [] },
  'libs/log': { libs: [KERNEL], npm: ['pg', 'kafkajs'], core: 'all' },
  'libs/client': { libs: [KERNEL, 'contracts'], npm: [], core: 'all' },
  'libs/service': { libs: [KERNEL, 'contracts', 'log'], npm: ['@aws-sdk/(client-s3|lib-storage)', '@nestjs/(common|core|microservices|platform-fastify)', 'fastify', 'rxjs', 'reflect-metadata', 'prom-client', 'pino', 'pg', 'ws'], core: 'all' },
  'libs/testing': { libs: [KERNEL, 'contracts', 'log'], npm: ['fast-check'], core: 'all' },
  'apps/agent': { libs: [KERNEL, 'contracts', 'client'], npm: ['tar', 'ws', 'zod'], core: 'all' },
  'apps/cli': { libs: [KERNEL, 'contracts', 'client', 'workflow'], npm: ['commander', 'cli-table3', 'picocolors', 'tar', 'yaml'], core: 'all' },
};

const reaches = Object.entries(ALLOWED).map(([from, allowed]) => ({
  name: `${from.replace('/', '-')}-reach`,
  comment: `${from} imports only what architecture grants it: ${[...allowed.libs, ...allowed.npm].join(', ') || 'nothing'}.`,
  severity: 'error',
  from: { path: packages(from), pathNot: from === 'libs/testing' ? '[.]spec[.]ts$' : TEST },
  to: {
    pathNot: [packages(from), ...some(libs, allowed.libs), ...some(npm, allowed.npm), ...some(core, allowed.core)],
    ...(allowed.core === 'all' && { dependencyTypesNot: ['core'] }),
  },
}));

module.exports = {
  forbidden: [
    ...reaches,
    {
      name: 'domain-is-pure',
      comment: 'domain/ decides: kernel, contracts, the pure workflow language, semver, croner and itself; no node: modules, no effects, no Nest.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/domain/', pathNot: TEST },
      to: { pathNot: ['^services/$1/src/domain/', libs(KERNEL, 'contracts', 'workflow'), npm('semver', 'croner')] },
    },
    {
      name: 'services-are-strangers',
      comment: 'A service hears another through the log only.',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'services-know-no-apps',
      comment: 'Services use libs; the agent and the command line are met over the network.',
      severity: 'error',
      from: { path: '^services/' },
      to: { path: packages('apps', 'libs/client', 'simulation') },
    },
    {
      name: 'one-composition-root',
      comment: 'Only apps/standalone brings services together, and the simulation that runs them all under a seed.',
      severity: 'error',
      from: { path: packages('apps', 'libs'), pathNot: '^apps/standalone/' },
      to: { path: '^services/' },
    },
    {
      name: 'apps-are-strangers',
      comment: 'Applications start each other as processes, never by import.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^(apps|simulation)/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-know-no-apps',
      comment: 'Libraries stand below what uses them.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(apps|services|simulation|examples|scripts|e2e|bench)/' },
    },
    {
      name: 'by-name-only',
      comment: 'Another package is used through its exports, never by a path into it.',
      severity: 'error',
      from: { path: '^((?:libs|services|apps)/[^/]+|simulation)/' },
      to: { path: '^(libs|services|apps)/', pathNot: ['^$1/', '^(libs|services|apps)/[^/]+/src/((embedded|testing)/)?index[.]ts$'] },
    },
    {
      name: 'database-in-its-places',
      comment: 'pg and TypeORM belong to the log, to the gateway\'s read side and to the rebuild that compares with it.',
      severity: 'error',
      from: { path: '^(libs|services|apps|simulation)/', pathNot: ['^libs/(log|service)/', '^services/gateway/src/(projections|http|past)/', '^apps/standalone/src/rebuild', TEST] },
      to: { path: npm('pg', 'typeorm', '@nestjs/typeorm') },
    },
    {
      name: 'no-test-kit-in-product',
      comment: 'Specs, fixtures and kits are for tests only.',
      severity: 'error',
      from: { path: '^(libs|services|apps)/', pathNot: TEST },
      to: { path: [TEST, npm('@jest', 'jest', 'fast-check')] },
    },
    {
      name: 'no-cycles',
      comment: 'A cycle of values has no order in which it can be loaded; two files may know each other\'s types.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', comment: 'What cannot be found cannot be judged.', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/|jest[.][a-z]+[.]mjs$' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['@novacron/source', 'import', 'node', 'default', 'types'], extensions: ['.ts', '.mts', '.js', '.mjs', '.cjs', '.d.ts', '.json'] },
  },
};
