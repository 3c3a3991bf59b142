// The suites that need a real Kafka: npm run test:kafka.
import preset from '../jest.preset.mjs';
import ensure from './ensure.cjs';

export default {
  ...preset,
  rootDir: ensure.root,
  testMatch: ['<rootDir>/libs/log/src/**/*.kafka.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  // Brokers are heavy: one suite, and its cluster, at a time.
  maxWorkers: 1,
  testTimeout: 60_000,
  // What a failed test left open must not keep its result from being told.
  forceExit: true,
};
