import { keepLog } from '@novacron/executor';
import { sha256, type Refusal } from '@novacron/kernel';
import type { AttemptFiles } from '@novacron/agent';
import type { StartOrder } from '@novacron/contracts';
import type { Submitted } from '@novacron/service';
import type { Process } from '../time/process.ts';
import type { World } from '../world/world.ts';

const RETRY_MS = 300;
const CLOSE_MS = 2_000;
const TRIES = 100;

/** An attempt's log on its way to the executor that gave the order: numbered pieces, in order, each sent until taken. HTTP is a step there and one back. */
export function logOf(world: World, process: Process, order: StartOrder, url: () => string): Pick<AttemptFiles, 'log' | 'close'> {
  const { workspace, run, task, attempt } = order;
  const waiting: { chunk: number; text: string }[] = [];
  let chunks = 0;
  let sending = false;
  let drained = (): void => {};

  const next = (tries = 0): void => {
    const piece = waiting[0];
    sending = piece !== undefined;
    if (!piece) return drained();
    const again = (): void => void process.after(RETRY_MS, 'the log is sent again', () => (tries < TRIES ? next(tries + 1) : give()));
    const give = (): void => {
      waiting.shift();
      next();
    };
    world.request(process, url(), (instance) => {
      const stored = { hash: sha256(piece.text), size: piece.text.length };
      return keepLog(instance.log('executor'), { workspace, run, task, attempt, chunk: piece.chunk, ...stored });
    }, (answer: Submitted | Refusal | undefined) => (answer ? give() : again()));
  };

  return {
    log: (text) => {
      waiting.push({ chunk: chunks++, text: String(text) });
      if (!sending) next();
      return true;
    },
    close: () => (sending ? new Promise((resolve) => {
      drained = resolve;
      process.after(CLOSE_MS, 'the log is late', resolve);
    }) : undefined),
  };
}
