export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
  // What needs a real Kafka has its own command: npm run test:kafka.
  testPathIgnorePatterns: ['/node_modules/', '[.]kafka[.]spec[.]ts$'],
  testEnvironmentOptions: { customExportConditions: ['@novacron/source', 'node', 'node-addons'] },
  transform: {
    '^.+\\.ts$': ['@swc/jest', {
      jsc: {
        target: 'es2022',
        keepClassNames: true,
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
      },
      module: { type: 'es6' },
      sourceMaps: 'inline',
    }],
  },
};
