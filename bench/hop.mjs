/**
 * npm run bench:hop [-- --length N] [--page FILE]: where the time of one hop goes on Kafka. Runs a chain of N no-ops (default 400) twice and reads the second one's commits with the times
 * that the broker put on them: from the run's end back to its start, each commit waited for the one that it answers (fetch: appended until decided) and for the log (produce: decided until
 * appended). Between an order to start and the agent's answer stands the agent.
 */
import { parseArgs } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { decode } from '@novacron/log';
import { BenchWorkspace } from './bench-workspace.mjs';
import { LOGS } from './logs.mjs';
import { writeBetween } from './page.mjs';
import { startSystem } from './system.mjs';
import { chain } from './workflows/chain.mjs';

const MARKS = ['<!-- hop: written by the command below -->', '<!-- end of hop -->'];
const { values: options } = parseArgs({ options: { length: { type: 'string', default: '400' }, page: { type: 'string' } } });
const length = Number(options.length);
const place = await LOGS.kafka.open();
const servers = place.env.NOVACRON_LOG.slice('kafka://'.length).split(',');
try {
  const steps = stepsOf(await commitsOf(await twoRuns()));
  const picture = pictureOf(steps);
  console.log(picture);
  if (options.page) writeBetween(options.page, MARKS, `\`npm run bench:hop${process.argv.slice(2).map((word) => ` ${word}`).join('')}\`:\n\n\`\`\`text\n${picture}\n\`\`\``);
} finally {
  await place.close();
}

/** Answers the second run: the first one loads and compiles. */
async function twoRuns() {
  const system = await startSystem({ env: place.env });
  try {
    const workspace = new BenchWorkspace(system.api);
    await workspace.open();
    await workspace.apply(chain('hops', length, 'uses: ./tasks/steps.mjs#noop'));
    await workspace.run('hops');
    const { run } = await workspace.run('hops');
    workspace.close();
    return run;
  } finally {
    await system.stop();
  }
}

/** The run's commits, oldest first, each with `decided` and `appended` (ms since the epoch), and what it answers. */
async function commitsOf(run) {
  const kafka = new Kafka({ brokers: servers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const topics = (await admin.listTopics()).filter((topic) => topic.startsWith('novacron.') && !topic.endsWith('.clock'));
  const left = new Map();
  for (const topic of topics) for (const { partition, high } of await admin.fetchTopicOffsets(topic)) if (Number(high) > 0) left.set(`${topic}/${partition}`, Number(high));
  await admin.disconnect();
  const consumer = kafka.consumer({ groupId: 'bench-hop' });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  const commits = [];
  await new Promise((done) => consumer.run({
    eachMessage: async ({ topic, partition, message }) => {
      const commit = decode(message.value.toString());
      const service = topic.slice('novacron.'.length);
      if (commit?.kind === 'commit' && message.value.includes(run)) commits.push({ service, place: `${service}/${partition}`, seq: commit.seq, input: commit.input, types: commit.events.map(({ type }) => type), text: message.value.toString(), decided: commit.time, appended: Number(message.timestamp) });
      const end = left.get(`${topic}/${partition}`);
      if (Number(message.offset) === end - 1) left.delete(`${topic}/${partition}`);
      if (left.size === 0) done();
    },
  }));
  await consumer.disconnect();
  return commits.sort((a, b) => a.appended - b.appended);
}

/** Along the chain from the end to the start: `{service, types, fetch, produce}` of each commit; `agent` where it answers no commit. */
function stepsOf(commits) {
  const byPlace = new Map(commits.map((commit) => [`${commit.place}/${commit.seq}`, commit]));
  const steps = [];
  let at = commits.findLast(({ types }) => types.includes('RunSucceeded'));
  while (at) {
    const before = at.input ? byPlace.get(`${at.input.topic}/${at.input.partition}/${at.input.seq}`) : ordered(commits, at);
    if (!before) return steps.reverse();
    const waited = at.decided - before.appended;
    steps.push({ service: at.service, types: at.types.join(', '), ...(at.input ? { fetch: waited, agent: 0 } : { fetch: 0, agent: waited }), produce: at.appended - at.decided });
    at = before;
  }
  return steps.reverse();
}

/** The commit that told the agent to start what `answer` is about. */
function ordered(commits, answer) {
  const task = /"task":"([^"]+)"/.exec(answer.text)?.[1];
  return commits.findLast((commit) => commit !== answer && commit.place === answer.place && commit.appended <= answer.decided + 1 && commit.text.includes(`"task":"${task}"`));
}

/** Means a task, in ms, as bars. */
function pictureOf(steps) {
  const rows = new Map();
  for (const { service, types, fetch, agent, produce } of steps) {
    for (const [what, ms] of [[agent > 0 ? 'agent' : 'fetch', agent || fetch], ['produce', produce]]) {
      const key = `${what.padEnd(8)} ${service.padEnd(9)} ${types}`;
      rows.set(key, (rows.get(key) ?? 0) + ms / length);
    }
  }
  const shown = [...rows].filter(([, ms]) => ms >= 0.02);
  const total = shown.reduce((sum, [, ms]) => sum + ms, 0);
  const width = Math.max(...shown.map(([key]) => key.length));
  return [...shown.map(([key, ms]) => `${key.padEnd(width)} ${ms.toFixed(2).padStart(6)} ms ${'#'.repeat(Math.round((60 * ms) / total))}`), `${'together, a task of the chain'.padEnd(width)} ${total.toFixed(2).padStart(6)} ms`].join('\n');
}
