import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { median } from './numbers.mjs';
import { row } from './table.mjs';

const WRITES = 200;
const MESSAGE = JSON.stringify({ type: 'AttemptSucceeded', run: '01hzzzzzzzzzzzzzzzzzzzzzzz', task: 'step-1', attempt: 1, outputs: {} });

/** What no durable engine on this machine goes below: one write that the log's own engine has safe, and that plus one round trip to a process next to it. */
export class Floors {
  #writer;
  #echo;
  #socket;

  /** `writer` has `write(text)`, which resolves when the text is safe and read again, and `close()`. */
  constructor(writer) {
    this.#writer = writer;
  }

  async open() {
    this.#echo = fork(fileURLToPath(new URL('echo.mjs', import.meta.url)));
    const port = await new Promise((resolve) => this.#echo.once('message', resolve));
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    await new Promise((resolve) => this.#socket.once('open', resolve));
  }

  /** Medians in ms of one write, and of one write and one round trip, over writes one after the other now. */
  async measure() {
    const writes = [];
    const both = [];
    for (let i = 0; i < WRITES; i++) {
      const start = performance.now();
      await this.#writer.write(MESSAGE);
      writes.push(performance.now() - start);
      await this.#roundTrip();
      both.push(performance.now() - start);
    }
    return { write: median(writes), trip: median(both) };
  }

  async close() {
    await this.#writer.close();
    this.#socket.terminate();
    this.#echo.kill();
  }

  #roundTrip() {
    return new Promise((resolve) => {
      this.#socket.once('message', resolve);
      this.#socket.send(MESSAGE);
    });
  }
}

/** All that was measured of both floors, as rows; `write` says what one write is. */
export const floorRows = (write, measured) => [
  row({ workload: `floor: ${write}`, unit: 'ms', values: measured.map((floor) => floor.write) }),
  row({ workload: `floor: ${write} and round trip`, unit: 'ms', values: measured.map((floor) => floor.trip) }),
];
