/**
 * The main example, as `npm start` runs it: two teams, one model between them. Every step carries an Idempotency-Key and its state is asked from
 * the server, so the script can be killed at any moment and started again.
 * Environment: NOVACRON_URL, NOVACRON_DATA (data directory), NOVACRON_API_KEY_FILE; NOVACRON_EXAMPLE_PORT is the receiver's port, which the
 * services must have in NOVACRON_WEBHOOK_ALLOW.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect } from './api.mjs';
import { applyWorkflow } from './apply.mjs';
import { datasets } from './datasets.mjs';
import { Display } from './display.mjs';
import { Receiver } from './receiver.mjs';
import { report } from './report.mjs';
import { TERMINAL, WORKFLOWS, currentRound, firedFor, runsOf } from './round.mjs';
import { cleanFilms } from './shop/data/films.mjs';
import { makeLaterReviews, toJsonLines } from './shop/data/made.mjs';

const POLL_MS = 150;
/** How long a trigger may take to fire, and a message to arrive. */
const SIGNAL_MS = 60_000;
/** Everything that a team can be told. */
const EVENTS = ['*'];
const LATER_REVIEWS = 'reviews-later.jsonl';

const folderOf = (team) => fileURLToPath(new URL(team, import.meta.url));

/** One round of the example; each method is a step that finds out by itself whether it was done before. */
class Drive {
  constructor(api, round, receiver, display, dataDir) {
    Object.assign(this, { api, round, receiver, display, dataDir, data: datasets() });
  }

  /** The workspace of a team, with its two destinations. */
  async openWorkspace(team) {
    const { api, round, receiver } = this;
    const name = round[team];
    if (!(await api.list('/workspaces')).some((workspace) => workspace.name === name)) await api.post('/workspaces', round.key(`workspace-${team}`), { name });
    const slack = { name: 'chat', kind: 'slack', events: EVENTS, url: receiver.address(name, 'slack') };
    const webhook = { name: 'webhook', kind: 'webhook', events: EVENTS, url: receiver.address(name, 'webhook'), secret: receiver.settings.secret };
    const known = (await api.list(`/${name}/destinations`)).map((destination) => destination.name);
    for (const destination of [slack, webhook].filter((wanted) => !known.includes(wanted.name))) await api.post(`/${name}/destinations`, round.key(`destination-${team}-${destination.name}`), destination);
  }

  /** Starts a run by hand and shows it; one of a killed driver is found again, by its key for a day and by its parameters after that. */
  async start(team, step, params) {
    const before = (await runsOf(this.api, this.round, team)).find((run) => run.cause?.kind === 'manual' && run.params?.version === params.version);
    const { run } = before ? { run: before.id } : await this.api.post(`/${this.round[team]}/workflows/${WORKFLOWS[team]}/runs`, this.round.key(step), { params });
    return this.watch(team, run);
  }

  async grant() {
    const { api, round } = this;
    const model = await api.find(`/${round.vision}/models/product-classifier`);
    if (model?.grants.some(({ grantee }) => grantee === round.shop)) return;
    await api.post(`/${round.vision}/models/product-classifier/grants`, round.key('grant'), { grantee: round.shop });
  }

  /** Shows a run until it has ended; a run that ended badly ends the example. */
  async watch(team, id) {
    const workspace = this.round[team];
    const visibleBy = Date.now() + SIGNAL_MS;
    for (;;) {
      const run = await this.api.find(`/${workspace}/runs/${id}`);
      if (run === undefined) {
        if (Date.now() > visibleBy) throw new Error(`run ${id} of ${workspace} was started but cannot be read; see npx novacron status`);
        await sleep(POLL_MS);
        continue;
      }
      const ended = TERMINAL.has(run.status);
      this.display.show(workspace, run, ended);
      if (ended && run.status !== 'succeeded') throw new Error(badEnding(workspace, run));
      if (ended) return run;
      await sleep(POLL_MS);
    }
  }

  /** The run that a trigger starts for this occasion, once there is one. */
  async fired(kind, occasion) {
    const until = Date.now() + SIGNAL_MS;
    for (;;) {
      const [run] = firedFor(await runsOf(this.api, this.round, 'shop'), kind, occasion);
      if (run) return this.watch('shop', run.id);
      if (Date.now() > until) throw new Error(`no run of ${this.round.shop} fired for ${kind} ${occasion} within ${SIGNAL_MS / 1000} s; see npx novacron trigger list -w ${this.round.shop}`);
      await sleep(POLL_MS);
    }
  }

  /** Puts a file of made reviews into the shop's inbox in one step, unless it is there already. */
  deliverReviews() {
    const inbox = join(this.dataDir, 'inbox', this.round.shop);
    const file = join(inbox, LATER_REVIEWS);
    if (existsSync(file)) return;
    mkdirSync(inbox, { recursive: true });
    const { films } = cleanFilms(JSON.parse(readFileSync(this.data.movies, 'utf8')));
    const temporary = join(inbox, '.later.tmp');
    writeFileSync(temporary, toJsonLines(makeLaterReviews(films, 500, this.round.number)));
    renameSync(temporary, file);
  }

  /** A trigger fires once per version: answers how many runs this version started. */
  async expectFired(version, expected) {
    const fired = firedFor(await runsOf(this.api, this.round, 'shop'), 'model', version);
    if (fired.length === expected) return fired.length;
    throw new Error(`${fired.length} runs of ${this.round.shop} fired for ${version}, ${expected} expected: ${fired.map(({ id }) => id).join(', ')}`);
  }

  async run() {
    const { api, round, receiver, display, data } = this;
    display.say(`\n1. ${round.vision} trains a classifier on 1,000 real images and publishes 1.0.0`);
    await this.openWorkspace('vision');
    await applyWorkflow(api, round, 'vision', folderOf('vision'), data);
    const first = await this.start('vision', 'vision-1.0.0', { version: '1.0.0', images: 1000 });

    display.say(`\n2. ${round.shop} builds recommendations on it`);
    await this.openWorkspace('shop');
    await this.grant();
    await applyWorkflow(api, round, 'shop', folderOf('shop'), data);
    const manual = await this.start('shop', 'shop-first', {});

    display.say(`\n3. ${round.vision} publishes 1.1.0, trained on 8,000 images: ${round.shop} rebuilds by itself`);
    const second = await this.start('vision', 'vision-1.1.0', { version: '1.1.0', images: 8000 });
    const byModel = await this.fired('model', '1.1.0');

    display.say(`\n4. ${round.vision} publishes 2.0.0 with another output schema: ${round.shop} keeps what it has and is told`);
    const third = await this.start('vision', 'vision-2.0.0', { version: '2.0.0', images: 1000, schemaVersion: 2 });
    const conflict = ({ team, payload }) => team === round.shop && /conflict/i.test(JSON.stringify(payload)) && JSON.stringify(payload).includes('2.0.0');
    for (const kind of ['slack', 'webhook']) await receiver.heard((delivery) => delivery.kind === kind && conflict(delivery), SIGNAL_MS, `the ${kind} message about the conflict of 2.0.0`);

    display.say(`\n5. a file with new reviews arrives in ${round.shop}'s inbox: ${round.shop} rebuilds by itself`);
    this.deliverReviews();
    const byFile = await this.fired('file', LATER_REVIEWS);
    for (const team of ['vision', 'shop']) {
      for (const kind of ['slack', 'webhook']) await receiver.heard((delivery) => delivery.team === round[team] && delivery.kind === kind, SIGNAL_MS, `a ${kind} message for ${round[team]}`);
    }
    const fired = { '1.1.0': await this.expectFired('1.1.0', 1), '2.0.0': await this.expectFired('2.0.0', 0) };
    return { visionRuns: [first, second, third], shopRuns: [manual, byModel, byFile], fired };
  }
}

function badEnding(workspace, run) {
  const failed = run.tasks.find(({ failure }) => failure);
  const why = failed ? `task ${failed.name}: ${failed.failure.message}` : run.reason;
  return `run ${run.id} of ${workspace}/${run.workflow} ${run.status}: ${why}`;
}

function environment(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; npm start sets it`);
  return value;
}

async function main() {
  const dataDir = environment('NOVACRON_DATA');
  const api = await connect({ url: environment('NOVACRON_URL').replace(/\/$/, ''), keyFile: environment('NOVACRON_API_KEY_FILE') });
  const display = new Display(process.stdout);
  const receiver = await Receiver.start(dataDir);
  try {
    const { round, resumed } = await currentRound(api);
    if (resumed) display.say(`Round ${round.number} of the example is unfinished; going on with it.`);
    const results = await new Drive(api, round, receiver, display, dataDir).run();
    display.say(report(round, { ...results, deliveries: receiver.deliveries, address: api.url }));
  } finally {
    await receiver.close();
  }
}

main().catch((error) => {
  process.stderr.write(`The example did not finish: ${error.message}\n`);
  process.exitCode = 1;
});
