import { strict as assert } from 'node:assert';
import { Api } from './api.mjs';
import { novacron } from './cli.mjs';
import { SERVICES, System } from './system.mjs';
import { until } from './waiting.mjs';

const YAML = ['apiVersion: novacron.io/v1', 'kind: Workflow', 'metadata: { name: pair }', 'spec:', '  tasks:', '    - { name: one, uses: "./tasks.mjs#step" }', '    - { name: two, needs: [one], uses: "./tasks.mjs#step" }'].join('\n');
const RUNS = 5;
export const PROCESS = 'gateway';

/** An installation of one process with runs of two tasks in its log: what moves, or is restored, must still know them and go on. */
export class Pair {
  constructor(system) {
    Object.assign(this, { system, runs: [] });
  }

  static async start(dataDir) {
    return new Pair(await System.start(dataDir, { instances: [{ name: PROCESS, services: SERVICES, program: 'apps/standalone/dist/services.js' }], env: { NOVACRON_AUDIT_MINUTES: '0.02' } }));
  }

  async live() {
    const api = this.#api();
    await api.workspace('team');
    await api.apply('team', YAML, { 'tasks.mjs': 'export const step = () => ({});\n' });
    this.runs = await Promise.all(Array.from({ length: RUNS }, () => api.start('team', 'pair')));
    for (const run of this.runs) assert.equal((await api.ended('team', run)).status, 'succeeded');
  }

  /** Runs of before are there, one more goes through, and log, projections and signed heads agree. */
  async expectToGoOn(runs, env = {}) {
    const api = this.#api();
    for (const run of runs) assert.equal((await until(() => api.get(`/team/runs/${run}`).catch(() => undefined), 'the runs of before')).status, 'succeeded');
    assert.equal((await api.ended('team', await api.start('team', 'pair'))).status, 'succeeded');
    for (const args of [['rebuild', '--verify'], ['audit', 'verify']]) {
      const proof = await this.cli(args, env);
      assert.equal(proof.code, 0, proof.out + proof.err);
    }
  }

  /** The command line on the installation's machine. */
  cli(args, env) {
    return novacron(this.system, args, env);
  }

  #api() {
    return new Api(this.system.urlOf(PROCESS), this.system.keyFile);
  }
}
