import { describe, expect, it } from '@jest/globals';
import type { Message } from '@novacron/kernel';
import { awaited, brief, command, granted, publish, world } from './examples.ts';

const alias = (version: string, more: object = {}): Message => command('ModelAliasRequested', { alias: 'prod', version, ...more });

describe('grants', () => {
  it('DP-05 may be given before the model exists, by its owner only', () => {
    const registry = world();
    expect(brief(registry.events(command('ModelGrantRequested', { grantee: 'shop', command: 'g1' })))).toEqual(['ModelGranted shop']);
    expect(registry.events(command('ModelGrantRequested', { grantee: 'shop', command: 'g1' }))).toEqual([]);
    expect(brief(registry.events(command('ModelGrantRequested', { grantee: 'other', workspace: 'shop' })))).toEqual(['ModelCommandRefused ModelNotOwned']);
    expect(brief(registry.events(command('ModelGrantRevokeRequested', { grantee: 'other' })))).toEqual(['ModelCommandRefused GrantUnknown']);
  });

  it('revoked: waits that rest on it are refused at once, those of others stay', () => {
    const registry = granted();
    registry.events(awaited('w1'));
    registry.events(awaited('w2', { workspace: 'vision' }));
    expect(brief(registry.events(command('ModelGrantRevokeRequested', { grantee: 'shop' })))).toEqual(['ModelGrantRevoked shop', 'ModelAwaitRefused w1 the grant of shop was revoked']);
    expect(brief(registry.events(publish('1.0.0')))).toEqual(['ModelVersionPublished 1.0.0', 'ModelAwaitSatisfied w2 1.0.0']);
  });
});

describe('aliases', () => {
  it('M1 move only from where the mover saw them', () => {
    const registry = world();
    registry.events(publish('1.0.0'));
    registry.events(publish('1.1.0'));
    expect(registry.events(alias('1.0.0', { expected: null, command: 'a1' }))).toMatchObject([{ type: 'ModelAliasSet', alias: 'prod', version: '1.0.0', previous: null }]);
    expect(registry.events(alias('1.0.0', { expected: null, command: 'a1' }))).toEqual([]);
    expect(registry.events(alias('1.1.0', { expected: null }))).toMatchObject([{ problem: { code: 'AliasMoved', status: 409, detail: 'vision/classifier:prod points at 1.0.0, not nowhere; look again' } }]);
    expect(registry.events(alias('1.1.0', { expected: '1.0.0' }))).toMatchObject([{ type: 'ModelAliasSet', version: '1.1.0', previous: '1.0.0' }]);
    expect(registry.events(alias('1.0.0'))).toMatchObject([{ type: 'ModelAliasSet', version: '1.0.0', previous: '1.1.0' }]);
  });

  it('point at versions that exist, of models that the workspace owns', () => {
    const registry = world();
    expect(registry.events(alias('1.0.0'))).toMatchObject([{ type: 'ModelCommandRefused', problem: { code: 'VersionUnknown', status: 404 } }]);
    expect(registry.events(alias('1.0.0', { workspace: 'shop' }))).toMatchObject([{ type: 'ModelCommandRefused', workspace: 'shop', problem: { code: 'ModelNotOwned', status: 403 } }]);
  });
});
