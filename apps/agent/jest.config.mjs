import preset from '../../jest.preset.mjs';

// Specs start the agent as it is shipped: compiled, in processes of its own.
export default { ...preset, globalSetup: '<rootDir>/jest.build.mjs', testTimeout: 30_000 };
