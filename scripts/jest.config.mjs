// One Jest over every package that has specifications: one start, and both cores busy to the end.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ensure from './ensure.cjs';

const hasSpecs = (dir) => readdirSync(dir, { withFileTypes: true }).some((entry) => (entry.isDirectory() ? hasSpecs(join(dir, entry.name)) : entry.name.endsWith('.spec.ts')));
const isTested = (project) => existsSync(join(ensure.root, project, 'jest.config.mjs')) && existsSync(join(ensure.root, project, 'src')) && hasSpecs(join(ensure.root, project, 'src'));

/** The tools' own specifications, and the examples' user code run directly. */
const scripts = { displayName: 'scripts', rootDir: ensure.root, testEnvironment: 'node', testMatch: ['<rootDir>/scripts/**/*.spec.mjs', '<rootDir>/chaos/**/*.spec.mjs', '<rootDir>/e2e/**/*.spec.mjs'], transform: {} };

export default {
  rootDir: ensure.root,
  projects: ensure.projects().filter(isTested).map((project) => join(ensure.root, project)).concat(join(ensure.root, 'examples'), scripts),
  maxWorkers: 2,
  // Tests wait for signals; this only ends what hangs, also on a machine that does much else.
  testTimeout: 60_000,
  workerIdleMemoryLimit: '600MB',
};
