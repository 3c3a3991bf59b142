import type { Message } from '@novacron/kernel';
import { Scenario } from '@novacron/testing';
import { definition } from '../../definition.ts';

/** Messages for specs: a team "vision" that publishes, a team "shop" that uses. */
export const MODEL = 'vision/classifier';
export const SCHEMA = { input: { pixels: 'array' }, output: { label: 'string', score: 'number' } };
const actor = { key: 'k', name: 'k' };
let count = 0;

export const world = (): Scenario<typeof definition.schema> => new Scenario(definition);
export const granted = (): Scenario<typeof definition.schema> => world().given({ type: 'ModelGranted', command: 'g', workspace: 'vision', model: MODEL, grantee: 'shop' });

export const publish = (version: string, more: object = {}): Message =>
  ({ type: 'ModelPublishRequested', command: `c${count++}`, workspace: 'vision', actor, model: MODEL, version, metrics: { top1: 0.9 }, schema: SCHEMA, lineage: {}, ...more }) as Message;

export const produced = (version: string, more: object = {}): Message =>
  ({
    type: 'ModelProduced', workspace: 'vision', workflow: 'train', run: 'r1', task: 'publish', attempt: 1, model: MODEL, version, metrics: { top1: 0.9 }, schema: SCHEMA,
    lineage: { run: 'r1', task: 'publish', workflow: 'vision/train', params: {} }, ...more,
  }) as Message;

export const awaited = (wait: string, more: object = {}): Message =>
  ({ type: 'ModelAwaited', workspace: 'shop', workflow: 'recommend', run: 's1', task: 'vision', wait, model: MODEL, range: '^1.0.0', ...more }) as Message;

export const subscribed = (subscription: string, more: object = {}): Message =>
  ({ type: 'ModelSubscribed', workspace: 'shop', trigger: 'recommend/new-classifier', subscription, model: MODEL, range: '^1.0.0', compat: { outputs: 'backward' }, from: 1_800_000_000_001, ...more }) as Message;

export const command = (type: string, more: object): Message => ({ type, command: `c${count++}`, workspace: 'vision', actor, model: MODEL, ...more }) as Message;

/** Type and the fields that tell answers apart, for short expectations. */
export const brief = (events: readonly Message[]): string[] =>
  events.map((e) => [e.type, e['wait'] ?? e['subscription'] ?? e['grantee'] ?? '', e['version'] ?? '', e['reason'] ?? (e['problem'] as { code: string } | undefined)?.code ?? ''].filter(Boolean).join(' '));
