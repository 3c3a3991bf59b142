import { grouped } from './journal.mjs';

const TERMINAL = { RunSucceeded: 'succeeded', RunFailed: 'failed', RunCancelled: 'cancelled' };
const ATTEMPT_ENDS = new Set(['AttemptSucceeded', 'AttemptFailed', 'AttemptCancelled', 'AttemptLost']);
/** A worker that we killed ends its task as its own crash would, or as the kernel's killing would where memory is short: here it never is. */
const OWN_FAILURES = new Set(['OnPurpose', 'WorkerCrashed', 'OutOfMemory']);

/** What was acknowledged against what happened, from the log's valid commits, the journal of user code and the receiver's deliveries. */
export function count({ load, log, journal, deliveries }) {
  const resolver = grouped(log.events.resolver, ({ type }) => type);
  const of = (type) => resolver.get(type) ?? [];
  const endings = grouped(log.events.resolver.filter(({ type }) => TERMINAL[type]), ({ run }) => run);
  const endOf = (run) => TERMINAL[endings.get(run)?.[0].type];
  const manual = of('RunStarted').filter(({ cause }) => cause.kind === 'manual');
  const lost = lostOf({ load, of, endOf, journal });
  const twice = twiceOf({ load, log, of, endings, manual, journal, deliveries });
  const unexpected = load.runs.filter(({ run, ends }) => endOf(run) !== undefined && endOf(run) !== ends && !(ends === 'cancelled'));
  const complete = load.runs.length - unexpected.length - load.runs.filter(({ run }) => endOf(run) === undefined).length;
  return {
    values: {
      lost: lost.length, 'counted twice': twice.length, 'stale commits applied': log.misquoted,
      'runs started': of('RunStarted').length, 'runs acknowledged': load.runs.length, succeeded: of('RunSucceeded').length,
      'failed by own code': of('RunFailed').filter(({ run }) => failedByItself(run, of)).length,
      'failed otherwise': of('RunFailed').filter(({ run }) => !failedByItself(run, of)).length, cancelled: of('RunCancelled').length,
      tasks: of('TaskSucceeded').length, executions: journal.filter(({ what }) => what === 'began').length, deliveries: deliveries.length,
      'ended as they should': complete,
    },
    details: [...lost, ...twice, ...unexpected.map(({ run, kind }) => `run ${run} of ${kind} ${endOf(run)}: ${reasonOf(run, endings, of)}`)],
  };
}

function lostOf({ load, of, endOf, journal }) {
  const successes = new Set(journal.filter(({ what }) => what === 'succeeded').map(({ id }) => id));
  const working = new Set(of('TaskReady').map(({ run, task }) => `${run}/${task}`));
  return [
    ...load.runs.filter(({ run }) => endOf(run) === undefined).map(({ run, kind }) => `run ${run} of ${kind} was acknowledged and never ended`),
    ...of('TaskSucceeded').filter(({ run, task, attempt }) => working.has(`${run}/${task}`) && !successes.has(`${run}/${task}/${attempt}`)).map(({ run, task, attempt }) => `attempt ${run}/${task}/${attempt} counts as succeeded and its code never said so`),
  ];
}

function twiceOf({ load, log, of, endings, manual, journal, deliveries }) {
  const beyondOne = (items, keyOf, what) => [...grouped(items, keyOf)].filter(([, group]) => group.length > 1).map(([key, group]) => `${group.length} ${what} ${key}`);
  const succeeded = new Map(of('TaskSucceeded').map(({ run, task, attempt }) => [`${run}/${task}`, attempt]));
  const messages = grouped(deliveries, ({ type, data }) => `${type} ${data.run}`);
  const fired = log.events.triggers.filter(({ type }) => type === 'TriggerFired');
  const byTrigger = of('RunStarted').filter(({ cause }) => cause.kind !== 'manual' && cause.kind !== 'retry');
  return [
    ...[...endings].filter(([, ends]) => ends.length > 1).map(([run, ends]) => `run ${run} ended ${ends.length} times`),
    ...beyondOne(of('TaskSucceeded'), ({ run, task }) => `${run}/${task}`, 'successes of task'),
    ...beyondOne(log.events.executor.filter(({ type }) => ATTEMPT_ENDS.has(type)), ({ run, task, attempt }) => `${run}/${task}/${attempt}`, 'ends of attempt'),
    ...of('TaskReady').filter(({ run, task, attempt }) => succeeded.get(`${run}/${task}`) < attempt).map(({ run, task, attempt }) => `task ${run}/${task} was readied as attempt ${attempt} although attempt ${succeeded.get(`${run}/${task}`)} succeeded`),
    ...beyondOne(journal.filter(({ what }) => what === 'began'), ({ id }) => id, 'executions of attempt'),
    ...withoutCause(log, journal),
    ...beyondOne(fired, ({ workspace, trigger, occasion }) => `${workspace}/${trigger} ${occasion}`, 'firings of'),
    ...beyondOne(byTrigger, ({ workspace, workflow, cause }) => `${workspace}/${workflow} ${cause.by} ${cause.occasion}`, 'runs for'),
    ...(manual.length > load.posted ? [`${manual.length} runs of ${load.posted} keys`] : []),
    ...[...messages].filter(([, group]) => new Set(group.map(({ id }) => id)).size > 1).map(([key, group]) => `${new Set(group.map(({ id }) => id)).size} delivery ids of ${key}`),
    ...load.faults.filter((text) => text.startsWith('one key')),
  ];
}

/** A task that began again although its attempt before was never given up. */
function withoutCause(log, journal) {
  const given = new Set(log.events.executor.filter(({ type }) => type === 'AttemptLost' || type === 'AttemptFailed' || type === 'AttemptCancelled').map(({ run, task, attempt }) => `${run}/${task}/${attempt}`));
  return journal.filter(({ what, attempt, run, task }) => what === 'began' && attempt > 1 && !given.has(`${run}/${task}/${attempt - 1}`)).map(({ id }) => `attempt ${id} began although the one before was not given up`);
}

function failedByItself(run, of) {
  const failures = of('TaskFailed').filter((failed) => failed.run === run);
  return failures.length > 0 && failures.every(({ failure }) => OWN_FAILURES.has(failure.code));
}

function reasonOf(run, endings, of) {
  return JSON.stringify([endings.get(run)[0].reason, ...of('TaskFailed').filter((failed) => failed.run === run).map(({ task, attempt, failure }) => `${task} attempt ${attempt}: ${failure.code} ${failure.message}`)]);
}
