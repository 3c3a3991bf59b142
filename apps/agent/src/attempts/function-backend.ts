import type { StartOrder } from '@novacron/contracts';
import { attemptId } from '@novacron/contracts';
import type { Json } from '@novacron/kernel';
import type { FromWorker } from '../worker/protocol.ts';
import { failureOf } from '../worker/failures.ts';
import type { WorkerPool } from '../worker/pool.ts';
import type { AttemptFiles, Backend, Outcome, Report, Running } from './backend.ts';
import { withFiles } from './outputs.ts';

type Inputs = Record<string, Json>;
const CANCELLED: Outcome = { kind: 'cancelled', reason: 'it was stopped before it began' };

/** Function tasks, in the warm workers of their workspace. Without files to move there is no await between order and worker. */
export class FunctionBackend implements Backend {
  readonly #pool: WorkerPool;

  constructor(pool: WorkerPool) {
    this.#pool = pool;
  }

  start(order: StartOrder, files: AttemptFiles, report: Report): Running {
    const id = attemptId(order);
    let stopped = false;
    let given = false;
    const run = (bundle: string, inputs: Inputs) => {
      if (stopped) return;
      given = true;
      this.#give(id, order, bundle, inputs, files, report);
    };
    const { bundle, uses } = order.work;
    if (bundle === undefined || uses === undefined) {
      report.ended({ kind: 'failed', failure: { class: 'permanent', code: 'NoFunction', message: `task ${order.task} names no function, or its workflow has no uploaded folder; apply the workflow again` } });
    } else {
      const folder = files.bundle(bundle);
      const inputs = files.inputs(order.work.inputs);
      if (typeof folder === 'string' && !(inputs instanceof Promise)) run(folder, inputs);
      else Promise.all([folder, inputs]).then(([path, local]) => run(path, local as Inputs), (error: unknown) => stopped || report.ended({ kind: 'failed', failure: failureOf(error) }));
    }
    return {
      stop: (grace) => {
        if (given) this.#pool.stop(id, grace);
        else if (!stopped) report.ended(CANCELLED);
        stopped = true;
      },
    };
  }

  #give(id: string, order: StartOrder, bundle: string, inputs: Inputs, files: AttemptFiles, report: Report): void {
    this.#pool.run({
      id, workspace: order.workspace, heap: order.memory, gpus: order.gpus, name: `${bundle} ${order.work.uses}`,
      began: () => report.began(),
      withdrawn: () => report.ended(CANCELLED),
      order: () => ({ id, bundle, uses: order.work.uses!, params: order.work.params, inputs, artifacts: `${files.dir}/artifacts`, attempt: order.attempt }),
      said: (message) => {
        if (message.t === 'log') files.log(message.text);
        else report.progress(message.fraction);
      },
      done: (message) => finish(order, message, files, report),
      crashed: (failure) => {
        files.touched = true; // it may have written before
        report.ended({ kind: 'failed', failure });
      },
    });
  }
}

function finish(order: StartOrder, message: Extract<FromWorker, { t: 'ok' | 'failed' }>, files: AttemptFiles, report: Report): void {
  files.touched = message.wrote;
  if (message.t === 'failed') return report.ended({ kind: 'failed', failure: message.failure });
  if (!message.wrote) return report.ended({ kind: 'succeeded', outputs: message.outputs });
  files.upload(`${files.dir}/artifacts`).then(
    (refs) => report.ended({ kind: 'succeeded', outputs: withFiles(message.outputs, refs, order.work.outputs), files: refs }),
    (error: unknown) => report.ended({ kind: 'failed', failure: failureOf(error) }),
  );
}
