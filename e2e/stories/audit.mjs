import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import pg from 'pg';
import { prepareLog } from '../../libs/log/dist/index.js';
import { novacron as commandLine } from '../cli.mjs';
import { ends } from '../landed.mjs';
import { until } from '../waiting.mjs';

const CANARIES = { url: 'https://hooks.slack.com/services/CANARY-URL', secret: 'whsec_Q0FOQVJZLVNFQ1JFVC1PRi1BLVdFQkhPT0s=' };

/** The command line of the world's operator. */
const novacron = (world, args, env = {}) => commandLine(world.system, args, { NOVACRON_URL: world.system.url, NOVACRON_API_KEY: world.api.key, ...env });

/** The log's tables in a database of their own, where they can be changed. */
async function copied(url) {
  const copy = new URL(url);
  copy.pathname = '/tampered';
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query('create database tampered');
  await prepareLog(copy.href);
  const target = new pg.Client({ connectionString: copy.href });
  await target.connect();
  await target.query('create table log_head (topic text not null, partition int not null, n int not null, line text not null, primary key (topic, partition, n))');
  await admin.query('begin isolation level repeatable read read only');
  for (const table of ['log_partition', 'log_segment', 'log_head']) {
    const { rows, fields } = await admin.query(`select * from ${table}`);
    for (const row of rows) await target.query(`insert into ${table} values (${fields.map((_, i) => `$${i + 1}`).join(', ')})`, fields.map(({ name }) => row[name]));
  }
  await admin.end();
  return { url: copy.href, client: target };
}

/** Resolves when every commit before these places of the resolver is signed; what lands meanwhile is signed later. */
async function signedUpTo(world, places) {
  let open = [];
  await until(async () => {
    open = (await world.api.items('/log/partitions?service=resolver')).filter(({ partition, signed }) => (signed ?? -1) < places.get(`resolver/${partition}`) - 1);
    return open.length === 0;
  }, () => `signed heads of the resolver: ${open.map(({ partition, signed }) => `resolver/${partition} is signed up to ${signed} of ${places.get(`resolver/${partition}`) - 1}`).join(', ')}`);
}

/** Changes one bit in the middle of one of the resolver's segments, and answers which. */
async function flipBit(client) {
  const { rows: [row] } = await client.query("select topic, partition, last_seq, epoch, body from log_segment where topic = 'resolver' and last_seq > 0 order by last_seq, partition limit 1");
  row.body[Math.floor(row.body.length / 2)] ^= 4;
  await client.query('update log_segment set body = $5 where topic = $1 and partition = $2 and last_seq = $3 and epoch = $4', [row.topic, row.partition, row.last_seq, row.epoch, row.body]);
  return row;
}

/** Which run, by the log, was asked for by whom: with real processes, real PostgreSQL, and the command line. */
export const audit = {
  'who asked what is told with key, address and outcome, to admins of the workspace alone': async (world) => {
    const scene = await world.scene('audited');
    await scene.apply('quick', ['tasks:', '  - { name: a, uses: "./tasks.mjs#quick", params: { journal: "${{ params.journal }}" } }']);
    const run = await scene.start('quick');
    await scene.ended(run);
    await world.api.ask('POST', '/audited/workflows/none/runs', { body: '{}', headers: { prefer: 'wait=20' } });
    const { key, secret } = await world.api.post('/audited/keys', { name: 'operator of the story', role: 'operator' });
    const refused = await fetch(`${world.api.url}/api/v1/audited/keys`, { method: 'POST', headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }, body: '{"name":"x","role":"admin"}' });
    assert.equal(refused.status, 403);
    const rows = await until(async () => {
      const items = JSON.parse((await novacron(world, ['audit', 'list', '-w', 'audited', '-o', 'json'])).out);
      return items.length >= 6 && items.every(({ outcome }) => outcome) && items;
    }, 'the whole trail');
    assert.deepEqual(rows.map(({ operation, outcome, actor }) => [operation, outcome.status, outcome.code ?? outcome.type, actor.ip, actor.auth]), [
      ['createKey', 403, 'RoleMissing', '127.0.0.1', 'api-key'], ['KeyCreated', 201, 'KeyCreated', '127.0.0.1', 'api-key'], ['RunRequested', 404, 'WorkflowUnknown', '127.0.0.1', 'api-key'], ['RunRequested', 201, 'RunStarted', '127.0.0.1', 'api-key'],
      ['WorkflowApplyRequested', 200, 'WorkflowApplied', '127.0.0.1', 'api-key'], ['WorkspaceCreated', 201, 'WorkspaceCreated', '127.0.0.1', 'api-key'],
    ]);
    const own = JSON.parse((await novacron(world, ['audit', 'list', '-w', 'audited', '--actor', 'operator of the story', '-o', 'json'])).out);
    assert.deepEqual(own.map(({ actorKey }) => actorKey), [key]);
    assert.equal((await novacron(world, ['audit', 'list', '-w', 'audited'], { NOVACRON_API_KEY: secret })).code, 4);
  },

  'the log is read by service, run and cause, and holds no secret': async (world) => {
    const scene = await world.scene('readable');
    await world.api.post('/readable/destinations', { name: 'chat', kind: 'slack', url: CANARIES.url, events: ['run.failed'] });
    await world.api.post('/readable/destinations', { name: 'hook', kind: 'webhook', url: world.receiver.url, secret: CANARIES.secret, events: ['run.failed'] });
    const { secret } = await world.api.post('/readable/keys', { name: 'k', role: 'viewer' });
    await scene.apply('quick', ['tasks:', '  - { name: a, uses: "./tasks.mjs#quick", params: { journal: "${{ params.journal }}" } }']);
    const run = await scene.start('quick');
    await scene.ended(run);
    const commits = (await novacron(world, ['log', 'tail', '--run', run, '-o', 'json'])).out.trim().split('\n').map((line) => JSON.parse(line));
    const types = commits.flatMap(({ events }) => events.map(({ type }) => type));
    for (const type of ['RunRequested', 'RunStarted', 'TaskReady', 'TaskPlaced', 'AttemptSucceeded', 'TaskSucceeded', 'RunSucceeded']) assert.ok(types.includes(type), `${type} is not among ${types}`);
    const places = new Map(commits.map(({ position }, i) => [position, i]));
    for (const [i, { cause }] of commits.entries()) assert.ok((places.get(cause) ?? -1) < i, 'a commit came before the one that it answers');
    const chain = (await novacron(world, ['log', 'tail', '--cause', commits.find(({ events }) => events.some(({ type }) => type === 'RunSucceeded')).position])).out;
    assert.match(chain, /RunSucceeded[^]*AttemptSucceeded/);
    assert.match((await novacron(world, ['log', 'stat'])).out, /resolver +\d+ +\d+/);
    let dump = '';
    for (const service of ['gateway', 'triggers', 'resolver', 'scheduler', 'fleet', 'executor', 'registry', 'notifier']) dump += (await novacron(world, ['log', 'dump', '--service', service, '-o', 'json'])).out;
    assert.match(dump, /DestinationAddRequested/);
    for (const canary of ['CANARY', CANARIES.secret, CANARIES.secret.slice(6), secret, world.api.key]) assert.ok(!dump.includes(canary), `the log holds ${canary}`);
    assert.equal((await novacron(world, ['log', 'stat'], { NOVACRON_API_KEY: secret })).code, 4);
  },
};

/** Done to the log's tables. */
export const tampering = {
  'one byte flipped in a copy of the log is found and its event named; the log itself is whole': async (world) => {
    const scene = await world.scene('tampered');
    await scene.apply('quick', ['tasks:', '  - { name: a, uses: "./tasks.mjs#quick", params: { journal: "${{ params.journal }}" } }']);
    await scene.ended(await scene.start('quick'));
    const file = join(world.dataDir, 'heads.jsonl');
    const verified = (env) => novacron(world, ['audit', 'verify', '--heads', file], env);
    await novacron(world, ['audit', 'heads', '--export', file]);
    await signedUpTo(world, await ends(world.system));
    const { code, out: whole, err } = await verified();
    assert.equal(code, 0, whole + err);
    assert.match(whole, /^log +whole: \d+ commits/m);
    await novacron(world, ['audit', 'heads', '--export', file]);
    const { url, client } = await copied(world.system.databaseUrl);
    const onCopy = { DATABASE_URL: url };
    assert.equal((await verified(onCopy)).code, 0);
    const row = await flipBit(client).finally(() => client.end());
    const found = await verified(onCopy);
    assert.equal(found.code, 1, found.out);
    const [, from, to] = new RegExp(`DIFFERENT: resolver/${row.partition}, commits? (\\d+)(?: to (\\d+))?`).exec(found.out) ?? assert.fail(found.out);
    assert.ok(Number(from) <= Number(row.last_seq) && Number(to ?? from) <= Number(row.last_seq) + 1, found.out);
  },
};
