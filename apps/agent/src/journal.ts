import { attemptId, type AttemptResult } from '@novacron/contracts';
import type { JournalFile } from './journal-file.ts';
import type { ProcessIdentity } from './process-tree.ts';

/** What the agent knows of an attempt: without a result it was accepted and has not ended. */
export interface Known {
  readonly result?: string;
  readonly acknowledged: boolean;
}

interface Fence {
  readonly partition: number;
  readonly epoch: number;
  readonly connection: number;
}

type Line =
  | ({ t: 'fence' } & Fence)
  | { t: 'start'; id: string }
  | { t: 'end'; result: AttemptResult }
  | { t: 'acknowledged'; id: string }
  | ({ t: 'process' } & ProcessIdentity);

/** Acknowledged attempts that are remembered, so that a late repeat of their Start is not run again. */
const REMEMBERED = 10_000;
const COMPACT_AT = 64 * 1024 * 1024;
const ACCEPTED: Known = { acknowledged: false };

/**
 * The agent's memory on disk: JSON lines, written before acting and not fsynced (it survives a killed agent; after a power loss the
 * executor sees an inventory without the attempt). A Stop for an attempt that never came is kept as its `cancelled` end: a later
 * Start then finds it ended, so it never starts.
 */
export class Journal {
  readonly #known = new Map<string, Known>();
  readonly #acknowledged = new Set<string>();
  readonly #fences = new Map<number, Fence>();
  readonly #processes = new Map<number, ProcessIdentity>();
  #pending: string[] = [];
  readonly #file: JournalFile;
  #size = 0;

  constructor(file: JournalFile) {
    this.#file = file;
    for (const line of file.read().split('\n')) this.#replay(line);
    this.compact();
  }

  known(id: string): Known | undefined {
    return this.#known.get(id);
  }

  /** Attempts that were accepted and have no end. */
  *unended(): Iterable<string> {
    for (const [id, known] of this.#known) if (known.result === undefined) yield id;
  }

  /** The spool: results (JSON) that no executor acknowledged yet. */
  *spool(): Iterable<readonly [id: string, result: string]> {
    for (const [id, known] of this.#known) if (known.result !== undefined && !known.acknowledged) yield [id, known.result];
  }

  /** Roots of process trees that may still run. */
  processes(): ProcessIdentity[] {
    return [...this.#processes.values()];
  }

  /** False for an order of an older claim or connection than one already seen (protocols.md section 6). */
  admits(order: Fence): boolean {
    const seen = this.#fences.get(order.partition);
    if (seen && (order.epoch < seen.epoch || (order.epoch === seen.epoch && order.connection < seen.connection))) return false;
    if (!seen || order.epoch !== seen.epoch || order.connection !== seen.connection) {
      const fence = { partition: order.partition, epoch: order.epoch, connection: order.connection };
      this.#fences.set(order.partition, fence);
      this.#add({ t: 'fence', ...fence });
    }
    return true;
  }

  accepted(id: string): void {
    this.#known.set(id, ACCEPTED);
    this.#pending.push(`{"t":"start","id":${JSON.stringify(id)}}`);
  }

  ended(id: string, result: string): void {
    this.#known.set(id, { result, acknowledged: false });
    this.#pending.push(`{"t":"end","result":${result}}`);
  }

  /** May be lost with the agent: the result is then sent and acknowledged once more. */
  acknowledged(id: string): void {
    if (this.#acknowledge(id)) this.#pending.push(`{"t":"acknowledged","id":${JSON.stringify(id)}}`);
  }

  processStarted(process: ProcessIdentity): void {
    this.#processes.set(process.pid, process);
    this.#add({ t: 'process', pid: process.pid, startedAt: process.startedAt });
    this.flush();
  }

  /** Not written: that a process is gone is seen again from its start time. */
  processGone(pid: number): void {
    this.#processes.delete(pid);
  }

  flush(): void {
    if (this.#pending.length === 0) return;
    const text = `${this.#pending.join('\n')}\n`;
    this.#pending = [];
    this.#size += this.#file.append(text);
    if (this.#size > COMPACT_AT) this.compact();
  }

  /** Rewrites the file with what still matters. */
  compact(): void {
    const lines = [
      ...[...this.#fences.values()].map((fence) => JSON.stringify({ t: 'fence', ...fence })),
      ...[...this.#processes.values()].map((process) => JSON.stringify({ t: 'process', ...process })),
    ];
    for (const [id, known] of this.#known) {
      lines.push(known.result === undefined ? JSON.stringify({ t: 'start', id }) : `{"t":"end","result":${known.result}}`);
      if (known.acknowledged) lines.push(JSON.stringify({ t: 'acknowledged', id }));
    }
    this.#size = this.#file.replace(lines.map((line) => `${line}\n`).join(''));
  }

  close(): void {
    this.flush();
    this.#file.close();
  }

  #add(line: Line): void {
    this.#pending.push(JSON.stringify(line));
  }

  #acknowledge(id: string): boolean {
    const known = this.#known.get(id);
    if (known?.result === undefined || known.acknowledged) return false;
    this.#known.set(id, { result: known.result, acknowledged: true });
    this.#acknowledged.add(id);
    if (this.#acknowledged.size > REMEMBERED) {
      const [oldest] = this.#acknowledged;
      this.#acknowledged.delete(oldest!);
      this.#known.delete(oldest!);
    }
    return true;
  }

  #replay(text: string): void {
    const line = parseLine(text);
    if (!line) return;
    if (line.t === 'fence') this.#fences.set(line.partition, { partition: line.partition, epoch: line.epoch, connection: line.connection });
    else if (line.t === 'start') this.#known.set(line.id, ACCEPTED);
    else if (line.t === 'end') this.#known.set(attemptId(line.result), { result: JSON.stringify(line.result), acknowledged: false });
    else if (line.t === 'acknowledged') this.#acknowledge(line.id);
    else if (line.t === 'process') this.#processes.set(line.pid, { pid: line.pid, startedAt: line.startedAt });
  }
}

/** The last line of a killed agent may be cut. */
function parseLine(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}
