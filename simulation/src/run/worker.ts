import { parentPort } from 'node:worker_threads';
import { makeChecker } from '../checker/checker.ts';
import { makeWorkload } from '../workload/workload.ts';
import { escaping } from './escaping.ts';
import { runCase, type Case } from './seed.ts';

/** A thread that runs cases one after the other and tells what came of each. */
parentPort!.on('message', (cases: readonly Case[]) => void (async () => {
  for (const one of cases) {
    const { faults: _, says: __, last: ___, ...told } = await escaping(() => runCase(one, { makeWorkload, makeChecker }));
    parentPort!.postMessage(told);
  }
  parentPort!.postMessage('more');
})());
