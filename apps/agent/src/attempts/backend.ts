import type { AttemptResult, FileRef, StartOrder } from '@novacron/contracts';
import type { Json } from '@novacron/kernel';

export type Outcome = AttemptResult['outcome'];

/** How a backend runs one kind of task; all pass one conformance spec. */
export interface Backend {
  /**
   * Runs the attempt. Never throws; calls `report.ended` exactly once, when nothing of the attempt runs any more (for a warm worker:
   * when the worker is free or gone).
   */
  start(order: StartOrder, files: AttemptFiles, report: Report): Running;
}

export interface Report {
  /** User code starts now: the time limit runs from here. */
  began(): void;
  progress(fraction: number): void;
  ended(outcome: Outcome): void;
}

export interface Running {
  /** Asks user code to end, and ends its whole process tree after `grace` ms. */
  stop(grace: number): void;
}

/** Files and log of one attempt, moved with its own credential. */
export interface AttemptFiles {
  /** Id as a folder name; nothing is on disk until someone makes it. */
  readonly dir: string;
  /** Set by who makes that folder. */
  touched: boolean;
  /** Folder of the unpacked bundle; a promise only where it must be fetched first. */
  bundle(hash: string): string | Promise<string>;
  /** The inputs with a local `path` in every file reference; the very same object where there is none. */
  inputs(inputs: Record<string, Json>): Record<string, Json> | Promise<Record<string, Json>>;
  /** Stores every file under the folder. */
  upload(dir: string): Promise<FileRef[]>;
  /** False when the log's buffer is full: hold the writer until `drained`. */
  log(text: string | Buffer): boolean;
  drained(): Promise<void>;
  /** Sends what is left of the log, and removes the attempt's folder. */
  close(): Promise<void> | undefined;
}
