import type { Failure } from '@novacron/contracts';
import type { Json } from '@novacron/kernel';

/**
 * Agent and worker process talk over a pipe of their own (descriptor 3), one JSON message per line. Half the price of Node's IPC
 * channel per message, and user code does not find it as `process.send`.
 */
export type ToWorker =
  | {
      t: 'run';
      id: string;
      /** Counts the orders to this worker, from 1. */
      n: number;
      /** Sent while another attempt was under way: begins only by claim (claims.ts). */
      claim: boolean;
      /** Folder of the unpacked bundle. */
      bundle: string;
      /** `./tasks/prepare.mjs#prepare`. */
      uses: string;
      params: Record<string, Json>;
      inputs: Record<string, Json>;
      /** Where the attempt's files go; made at first use. */
      artifacts: string;
      attempt: number;
    }
  | { t: 'abort'; id: string };

export type RunOrder = Extract<ToWorker, { t: 'run' }>;

export type FromWorker =
  /** `wrote`: the artifacts folder exists. */
  | { t: 'ok'; outputs: Record<string, Json>; wrote: boolean }
  /** `last`: the worker is unfit for more and ends. */
  | { t: 'failed'; failure: Failure; wrote: boolean; last?: true }
  | { t: 'log'; text: string }
  | { t: 'progress'; fraction: number }
  /** The event loop is alive and `ctx.signal` was aborted: user code may use the grace. */
  | { t: 'aborting' }
  /** Not begun: the agent took it back. */
  | { t: 'refused'; n: number };

/** Descriptor of the pipe in the worker. */
export const CHANNEL = 3;
/** Outputs travel in the log, where a commit holds 256 KiB; bigger things are files. */
export const OUTPUT_LIMIT = 64 * 1024;

/** Calls back with each line of a stream of text chunks. */
export function lines(each: (line: string) => void): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      each(rest + chunk.slice(start, end));
      rest = '';
      start = end + 1;
    }
    rest += chunk.slice(start);
  };
}
