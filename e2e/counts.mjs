import { existsSync, readFileSync } from 'node:fs';

const timeOf = (ms) => new Date(ms).toISOString().slice(11, 23);
const linesOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)) : []);

/**
 * What really happened, from outside: the file that user code appended to, and what the receiver got. `losses` are the periods `{from, to}` (ms since the epoch) whose
 * successes may have gone with a process that alone knew of them.
 */
export function countsOf(journal, deliveries, losses) {
  const executions = linesOf(journal).map(({ at, attempt, what }) => ({ at, what, task: attempt.slice(0, attempt.lastIndexOf('/')), run: attempt.split('/')[0], attempt: Number(attempt.slice(attempt.lastIndexOf('/') + 1)) }));
  const successes = executions.filter(({ what }) => what === 'succeeded');
  const again = executions.filter(({ what, task, at }) => what === 'began' && successes.some((done) => done.task === task && done.at <= at));
  const excused = again.filter(({ task, at }) => losses.some(({ from, to }) => successes.every((done) => done.task !== task || done.at > at || (done.at >= from && done.at <= to))));
  const unexcused = again.filter((each) => !excused.includes(each));
  const twice = executions.filter(({ what, task, attempt }, n) => what === 'began' && executions.findIndex((other) => other.what === 'began' && other.task === task && other.attempt === attempt) !== n);
  const reruns = [
    ...unexcused.map(({ task, attempt, at }) => `${task}/${attempt} at ${timeOf(at)}, after its success at ${timeOf(successes.find((done) => done.task === task).at)}`),
    ...twice.map(({ task, attempt, at }) => `${task}/${attempt} once more at ${timeOf(at)}`),
  ];
  const messages = messagesOf(linesOf(deliveries));
  return {
    tasks: new Set(successes.map(({ task }) => task)).size,
    runs: new Set(executions.map(({ run }) => run)).size,
    executions: executions.filter(({ what }) => what === 'began').length,
    again: reruns.length,
    excused: excused.length,
    messages: messages.length,
    repeated: messages.reduce((sum, { deliveries: count, ids }) => sum + count - ids.size, 0),
    ids: messages.reduce((sum, { ids }) => sum + ids.size - 1, 0),
    fired: firings(messages),
    wrong(runs) {
      return [
        ...(this.runs === runs ? [] : [`${this.runs} runs instead of ${runs}`]),
        ...(this.again === 0 ? [] : [`${this.again} succeeded tasks ran again: ${reruns.join('; ')}`]),
        ...(this.ids === 0 ? [] : [`${this.ids} delivery ids beyond one per message`]),
        ...[...this.fired].filter(([, count]) => count !== 1).map(([what, count]) => `${count} runs for ${what}`),
        ...(this.fired.has('1.1.0') ? [] : ['no message of a run for 1.1.0']),
        ...(this.fired.has('2.0.0') ? ['a run for 2.0.0'] : []),
      ];
    },
  };
}

/** Deliveries of one message at one destination: same kind, same content; Slack's have their id in the text. */
function messagesOf(deliveries) {
  const messages = new Map();
  for (const { team, kind, id, payload } of deliveries) {
    const said = kind === 'webhook' ? JSON.stringify([payload.type, payload.data]) : payload.text;
    const key = `${team} ${kind} ${said}`;
    const message = messages.get(key) ?? { kind, payload, deliveries: 0, ids: new Set() };
    message.deliveries += 1;
    message.ids.add(kind === 'webhook' ? id : payload.blocks.at(-1).elements[0].text);
    messages.set(key, message);
  }
  return [...messages.values()];
}

/** How many runs a version started, by what the team was told. */
function firings(messages) {
  const runs = new Map();
  for (const { kind, payload } of messages) {
    if (kind !== 'webhook' || payload.type !== 'run.triggered') continue;
    const { version, run } = payload.data;
    runs.set(version, (runs.get(version) ?? new Set()).add(run));
  }
  return new Map([...runs].map(([version, found]) => [version, found.size]));
}
