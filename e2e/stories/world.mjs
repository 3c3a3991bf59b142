import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api } from '../api.mjs';
import { Receiver } from '../receiver.mjs';
import { System } from '../system.mjs';
import { freePort, until } from '../waiting.mjs';

export const NODES = ['one', 'two'];
/** Declared, so that a story can count on it whatever the machine has. */
export const CPU_OF_NODE = 64;

/** Each request goes to the next of the gateways. */
class ApiOfAll extends Api {
  #asked = 0;

  constructor(urls, keyFile) {
    super(urls[0], keyFile);
    this.urls = urls;
  }

  nextUrl() {
    return this.urls[this.#asked++ % this.urls.length];
  }
}

/** The system of the stories: every service as so many processes, two nodes, and user code that appends to a file what it does. */
export class World {
  static async start(replicas, env) {
    const world = new World();
    world.dataDir = mkdtempSync(join(tmpdir(), 'novacron-stories-'));
    for (const node of NODES) {
      mkdirSync(join(world.dataDir, 'nodes', node), { recursive: true, mode: 0o700 });
      writeFileSync(join(world.dataDir, 'nodes', node, 'agent.json'), JSON.stringify({ cpu: CPU_OF_NODE, memory: 65_536 }));
    }
    world.receiver = new Receiver(await freePort());
    world.system = await System.start(world.dataDir, { replicas, env: { NOVACRON_WEBHOOK_ALLOW: `127.0.0.1:${world.receiver.port}`, NOVACRON_STRANGER_RATE: '1000', NOVACRON_AUDIT_MINUTES: '0.02', ...env }, agents: NODES });
    world.api = new ApiOfAll(world.system.gateways, world.system.keyFile);
    await until(() => world.api.items('/nodes').then((nodes) => nodes.length === NODES.length, () => false), 'both nodes');
    return world;
  }

  /** A workspace with the tasks of this file, a journal and a gate of its own. */
  async scene(name) {
    const workspace = await this.api.workspace(name);
    return new Scene(this, workspace, join(this.dataDir, `${name}.journal`), join(this.dataDir, `${name}.gate`));
  }

  async stop() {
    await this.receiver.close();
    await this.system.stop();
  }
}

const TASKS = `import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const note = (journal, what) => appendFileSync(journal, process.env.NOVACRON_ATTEMPT + ' ' + what + '\\n');

/** Succeeds once the gate's file is there. */
export async function gated({ params: { journal, gate }, signal }) {
  note(journal, 'began');
  while (!existsSync(gate)) {
    signal.throwIfAborted();
    await sleep(20);
  }
  note(journal, 'succeeded');
}

export function quick({ params: { journal } }) {
  note(journal, 'began');
  note(journal, 'succeeded');
}
`;

class Scene {
  constructor(world, workspace, journal, gate) {
    Object.assign(this, { world, workspace, journal, gate });
  }

  get params() {
    return { journal: this.journal, gate: this.gate };
  }

  /** Applies a workflow of these lines under `spec`; its parameters are the journal and the gate. */
  async apply(name, lines) {
    const yaml = ['apiVersion: novacron.io/v1', 'kind: Workflow', `metadata: { name: ${name} }`, 'spec:', '  params:', `    journal: ${JSON.stringify(this.journal)}`, `    gate: ${JSON.stringify(this.gate)}`, ...lines.map((line) => `  ${line}`)].join('\n');
    await this.world.api.apply(this.workspace, yaml, { 'tasks.mjs': TASKS });
  }

  start(workflow, key) {
    return this.world.api.start(this.workspace, workflow, {}, key);
  }

  ended(run) {
    return this.world.api.ended(this.workspace, run);
  }

  openGate() {
    writeFileSync(this.gate, '');
  }

  /** What user code did, in order: `{run, task, attempt, what}`. */
  get done() {
    if (!existsSync(this.journal)) return [];
    return readFileSync(this.journal, 'utf8').split('\n').filter(Boolean).map((line) => {
      const [id, what] = line.split(' ');
      const [run, attempt] = [id.split('/')[0], Number(id.slice(id.lastIndexOf('/') + 1))];
      return { run, task: id.slice(run.length + 1, id.lastIndexOf('/')), attempt, what };
    });
  }

  count(what) {
    return this.done.filter((each) => each.what === what).length;
  }

  async until(what, count) {
    return until(() => this.count(what) >= count, () => `${count} tasks that ${what}; ${this.count(what)} did`, 120_000);
  }
}

/** One task function of the scene's file with its parameters. */
export const task = (name, uses, more = '') => `- { name: ${name}, uses: "./tasks.mjs#${uses}", params: { journal: "\${{ params.journal }}", gate: "\${{ params.gate }}" }${more && `, ${more}`} }`;

/** The same gate and journal as a process of its own. */
export const processTask = (name, more) =>
  `- { name: ${name}, run: [sh, -c, 'echo "$NOVACRON_ATTEMPT began" >> "$JOURNAL"; while [ ! -e "$GATE" ]; do sleep 0.3; done; echo "$NOVACRON_ATTEMPT succeeded" >> "$JOURNAL"'], env: { JOURNAL: "\${{ params.journal }}", GATE: "\${{ params.gate }}" }, ${more} }`;

export function expect(holds, what) {
  if (!holds) throw new Error(what);
}

/** Each task of the run began and succeeded exactly once. */
export function expectOnce(scene, count) {
  const began = scene.done.filter(({ what }) => what === 'began');
  const tasks = new Set(began.map(({ run, task: name }) => `${run}/${name}`));
  expect(tasks.size === count && began.length === count && scene.count('succeeded') === count, `${tasks.size} tasks began ${began.length} times and succeeded ${scene.count('succeeded')} times; ${count} expected`);
}
