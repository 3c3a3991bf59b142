import { describe, expect, it } from '@jest/globals';
import { modelConflict, modelMatched, modelPublished, runFailed, runRefused, runTriggered, triggerConflict } from './notice.ts';

const version = { model: 'vision/product-classifier', version: '1.1.0', metrics: { top1: 0.974321 }, lineage: {} };
const of = { workspace: 'shop', workflow: 'recommend', run: 'res1-a' };

describe('what people read', () => {
  it.each([
    [runFailed({ type: 'RunFailed', ...of, reason: 'exit code 3', failedTask: 'train', startedAt: 1 }), 'shop', 'Run res1-a of shop/recommend failed in task train: exit code 3.'],
    [runFailed({ type: 'RunFailed', ...of, reason: 'longer than 2 h', startedAt: 1, timedOut: true }), 'shop', 'Run res1-a of shop/recommend ran out of time: longer than 2 h.'],
    [runRefused({ type: 'RunRefused', workspace: 'shop', workflow: 'recommend', problem: { code: 'X', status: 422, detail: 'parameter n is required' }, cause: { kind: 'cron', by: 'recommend/nightly' } }), 'shop', 'recommend/nightly fired, but no run of shop/recommend started: parameter n is required.'],
    [modelPublished({ type: 'ModelVersionPublished', workspace: 'vision', ...version, run: 'res2-b' }), 'vision', 'vision published vision/product-classifier 1.1.0 from run res2-b (top1 0.9743).'],
    [modelConflict({ type: 'ModelSubscriptionConflict', subscription: 's', trigger: 'recommend/model', workspace: 'shop', model: version.model, version: '2.0.0', reason: 'field label was removed' }), 'vision', 'Trigger recommend/model of shop does not take vision/product-classifier 2.0.0: field label was removed. No run was started there.'],
  ])('NO-05: %#', (notice, workspace, text) => expect(notice).toMatchObject({ workspace, text }));

  it.each([
    [modelMatched({ type: 'ModelSubscriptionMatched', subscription: 's', trigger: 'recommend/model', workspace: 'shop', ...version }), 'vision published vision/product-classifier 1.1.0. Trigger recommend/model of shop takes it and starts a run.'],
    [runTriggered({ type: 'RunStarted', ...of, version: 1, definition: {} as never, params: {}, priority: 0, cause: { kind: 'model', by: 'recommend/model', detail: { model: version.model, version: '1.1.0' } } }), 'vision published vision/product-classifier 1.1.0, and that started run res1-a of shop/recommend (trigger recommend/model).'],
    [triggerConflict({ type: 'TriggerConflicted', workspace: 'shop', workflow: 'recommend', trigger: 'recommend/model', model: version.model, version: '2.0.0', reason: 'outside ^1.0.0' }), 'vision published vision/product-classifier 2.0.0, but trigger recommend/model of shop does not take it: outside ^1.0.0. No run was started.'],
  ])('NO-07: the consuming team is told who published what and which run it started: %#', (notice, text) => expect(notice).toMatchObject({ workspace: 'shop', text }));

  it('a run that no model started, and a retry, are no news', () => {
    const started = { type: 'RunStarted' as const, ...of, version: 1, definition: {} as never, params: {}, priority: 0 };
    expect(runTriggered({ ...started, cause: { kind: 'manual', by: 'ann' } })).toBeUndefined();
    expect(runTriggered({ ...started, retryOf: 'r0', cause: { kind: 'model', by: 't', detail: { model: version.model, version: '1.1.0' } } })).toBeUndefined();
  });
});
