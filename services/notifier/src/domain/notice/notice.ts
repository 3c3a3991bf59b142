import type {
  ModelSubscriptionConflict, ModelSubscriptionMatched, ModelVersionPublished, RunCancelled, RunFailed, RunRefused, RunStarted, RunSucceeded, TriggerConflicted,
} from '@novacron/contracts';
import type { Json } from '@novacron/kernel';
import type { EventName } from './names.ts';

/** What a workspace's destinations are told: one readable sentence or two, and the same as fields. */
export interface Notice {
  readonly workspace: string;
  readonly event: EventName | 'test';
  readonly subject: string;
  readonly text: string;
  readonly payload: Readonly<Record<string, Json>>;
}

const ownerOf = (model: string) => model.slice(0, model.indexOf('/'));

export function runSucceeded({ workspace, workflow, run }: RunSucceeded): Notice {
  return { workspace, event: 'run.succeeded', subject: `${workflow} succeeded`, text: `Run ${run} of ${workspace}/${workflow} succeeded.`, payload: { workspace, workflow, run } };
}

/** NO-05: who is responsible learns what failed, where and why. */
export function runFailed({ workspace, workflow, run, reason, failedTask, timedOut }: RunFailed): Notice {
  const where = failedTask === undefined ? '' : ` in task ${failedTask}`;
  const how = timedOut ? 'ran out of time' : 'failed';
  return {
    workspace, event: 'run.failed', subject: `${workflow} ${how}`, text: `Run ${run} of ${workspace}/${workflow} ${how}${where}: ${sentence(reason)}`,
    payload: { workspace, workflow, run, reason, ...(failedTask !== undefined && { failedTask }), timedOut: timedOut ?? false },
  };
}

export function runCancelled({ workspace, workflow, run, reason }: RunCancelled): Notice {
  return { workspace, event: 'run.cancelled', subject: `${workflow} was cancelled`, text: `Run ${run} of ${workspace}/${workflow} was cancelled: ${sentence(reason)}`, payload: { workspace, workflow, run, reason } };
}

/** Only runs that nobody waits for at a prompt come here: a trigger asked. */
export function runRefused({ workspace, workflow, problem, cause }: RunRefused): Notice {
  const by = cause?.by ?? 'a trigger';
  return {
    workspace, event: 'run.refused', subject: `${workflow} could not start`, text: `${by} fired, but no run of ${workspace}/${workflow} started: ${sentence(problem.detail)}`,
    payload: { workspace, workflow, trigger: by, code: problem.code, detail: problem.detail },
  };
}

/** NO-07: which run another team's release started; its retries are no news. */
export function runTriggered({ workspace, workflow, run, cause, retryOf }: RunStarted): Notice | undefined {
  const { model, version } = cause.detail ?? {};
  if (cause.kind !== 'model' || retryOf !== undefined || typeof model !== 'string' || typeof version !== 'string') return undefined;
  return {
    workspace, event: 'run.triggered', subject: `${workflow} rebuilds with ${model} ${version}`,
    text: `${ownerOf(model)} published ${model} ${version}, and that started run ${run} of ${workspace}/${workflow} (trigger ${cause.by}).`,
    payload: { workspace, workflow, run, trigger: cause.by, model, version, publisher: ownerOf(model) },
  };
}

export function modelPublished({ workspace, model, version, metrics, run }: ModelVersionPublished): Notice {
  const measured = Object.entries(metrics).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`).join(', ');
  const from = run === undefined ? '' : ` from run ${run}`;
  return {
    workspace: ownerOf(model), event: 'model.published', subject: `${model} ${version} is out`,
    text: `${workspace} published ${model} ${version}${from}${measured && ` (${measured})`}.`,
    payload: { model, version, publisher: workspace, metrics, ...(run !== undefined && { run }) },
  };
}

/** NO-07: the consuming team learns of a release that concerns it. */
export function modelMatched({ workspace, model, version, trigger }: ModelSubscriptionMatched): Notice {
  return {
    workspace, event: 'model.matched', subject: `${model} ${version} is out`,
    text: `${ownerOf(model)} published ${model} ${version}. Trigger ${trigger} of ${workspace} takes it and starts a run.`,
    payload: { workspace, model, version, publisher: ownerOf(model), trigger },
  };
}

/** The publishing team learns whom its release does not reach. */
export function modelConflict({ workspace, model, version, trigger, reason }: ModelSubscriptionConflict): Notice {
  const what = version === undefined ? model : `${model} ${version}`;
  return {
    workspace: ownerOf(model), event: 'model.conflict', subject: `Conflict: ${workspace} does not take ${what}`,
    text: `Trigger ${trigger} of ${workspace} does not take ${what}: ${sentence(reason)} No run was started there.`,
    payload: { model, ...(version !== undefined && { version }), consumer: workspace, trigger, reason },
  };
}

/** The consuming team learns of a release that it cannot take. */
export function triggerConflict({ workspace, workflow, trigger, model, version, reason }: TriggerConflicted): Notice {
  return {
    workspace, event: 'trigger.conflict', subject: `Conflict: ${workflow} does not take ${model} ${version}`,
    text: `${ownerOf(model)} published ${model} ${version}, but trigger ${trigger} of ${workspace} does not take it: ${sentence(reason)} No run was started.`,
    payload: { workspace, workflow, trigger, model, version, publisher: ownerOf(model), reason },
  };
}

export function testNotice(workspace: string, destination: string, by: string): Notice {
  return {
    workspace, event: 'test', subject: `Test of ${destination}`, text: `This is a test of destination ${destination} of workspace ${workspace}, asked for by ${by}.`,
    payload: { workspace, destination, by },
  };
}

/** Reasons are written by many hands; here they end as sentences do, and are not longer than a message may be. */
function sentence(reason: string): string {
  const short = reason.length > 1_000 ? `${reason.slice(0, 1_000)} …` : reason;
  return /[.!?…]$/.test(short) ? short : `${short}.`;
}
