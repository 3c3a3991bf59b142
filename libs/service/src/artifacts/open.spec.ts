import { describe, expect, it } from '@jest/globals';
import { readPlace } from './open.ts';

describe('NOVACRON_ARTIFACTS', () => {
  it.each([
    ['s3://models', {}, { bucket: 'models', prefix: '', region: 'us-east-1' }],
    ['s3://models/team/a', { AWS_REGION: 'eu-central-1' }, { bucket: 'models', prefix: 'team/a/', region: 'eu-central-1' }],
    ['s3://models/a/', { NOVACRON_S3_ENDPOINT: 'http://127.0.0.1:9000' }, { bucket: 'models', prefix: 'a/', endpoint: 'http://127.0.0.1:9000' }],
  ])('%s with %j', (where, env, place) => expect(readPlace(where, '/spool', env)).toMatchObject({ ...place, spool: '/spool' }));

  it.each(['models', 's3:/models', 's3://', 's3://UPPER', 'file:///tmp', 's3://a'])('refuses %s with the form that it takes', (where) => {
    expect(() => readPlace(where, '/spool', {})).toThrow(/s3:\/\/bucket/);
  });
  it.each(['127.0.0.1:9000', 'http://host:1/path'])('refuses the endpoint %s', (endpoint) => {
    expect(() => readPlace('s3://models', '/spool', { NOVACRON_S3_ENDPOINT: endpoint })).toThrow(/NOVACRON_S3_ENDPOINT/);
  });
});
