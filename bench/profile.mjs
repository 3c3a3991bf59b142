import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import WebSocket from 'ws';
import { short } from './numbers.mjs';

const SAMPLE_US = 500;
const SHOWN = 30;

/** CPU profiles of services and agent during each workload: files for Chrome's developer tools, and the functions that took longest. */
export class Profiler {
  #folder;
  #processes;

  static async open(folder, dataDir) {
    const profiler = new Profiler();
    const { children } = JSON.parse(readFileSync(join(dataDir, 'processes.json'), 'utf8'));
    profiler.#folder = folder;
    profiler.#processes = await Promise.all(['services', 'agent'].map(async (name) => ({ name, call: await inspect(children[name].pid, join(dataDir, `${name}.log`)) })));
    return profiler;
  }

  async start() {
    for (const { call } of this.#processes) {
      await call('Profiler.enable');
      await call('Profiler.setSamplingInterval', { interval: SAMPLE_US });
      await call('Profiler.start');
    }
  }

  async stop(workload) {
    for (const { name, call } of this.#processes) {
      const { profile } = await call('Profiler.stop');
      const file = join(this.#folder, `${workload}-${name}.cpuprofile`);
      writeFileSync(file, JSON.stringify(profile));
      console.log(`\n${file}\n${longest(profile).join('\n')}`);
    }
  }
}

/** Asks a Node process for its inspector (SIGUSR1) and connects; its log says where. */
async function inspect(pid, log) {
  process.kill(pid, 'SIGUSR1');
  let address;
  while (!(address = /Debugger listening on (ws:\S+)/.exec(readFileSync(log, 'utf8'))?.[1])) await delay(20);
  const socket = new WebSocket(address, { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.setMaxListeners(0);
  let last = 0;
  return (method, params) => new Promise((resolve, reject) => {
    const id = ++last;
    socket.on('message', function answer(text) {
      const { id: of, result, error } = JSON.parse(text);
      if (of !== id) return;
      socket.off('message', answer);
      if (error) reject(new Error(`${method}: ${error.message}`));
      else resolve(result);
    });
    socket.send(JSON.stringify({ id, method, params }));
  });
}

/** Functions by time spent in themselves. */
function longest({ nodes, samples, timeDeltas }) {
  const names = new Map(nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [id, `${functionName || '(anonymous)'} ${url.replace(/^.*\/(?=[^/]+\/[^/]+\/[^/]+$)/, '')}${url ? `:${lineNumber + 1}` : ''}`]));
  const times = new Map();
  let total = 0;
  for (const [i, sample] of samples.entries()) {
    const name = names.get(sample);
    times.set(name, (times.get(name) ?? 0) + timeDeltas[i]);
    total += timeDeltas[i];
  }
  return [...times].sort((a, b) => b[1] - a[1]).slice(0, SHOWN).map(([name, time]) => `${((100 * time) / total).toFixed(1).padStart(6)} %  ${short(time / 1000).padStart(7)} ms  ${name}`);
}
