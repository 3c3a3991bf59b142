/** The examples' own tests: user code run directly, without NovaCron (WP-24). */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/**/*.spec.mjs'],
  transform: {},
};
