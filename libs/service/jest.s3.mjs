import preset from '../../jest.preset.mjs';

/** What needs an S3 server: npm run test:s3 starts one. */
export default { ...preset, testMatch: ['<rootDir>/src/**/*.s3.ts'], testTimeout: 60_000 };
