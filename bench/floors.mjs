import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import WebSocket from 'ws';
import { median } from './numbers.mjs';

const ROWS = 200;
const MESSAGE = JSON.stringify({ type: 'AttemptSucceeded', run: '01hzzzzzzzzzzzzzzzzzzzzzzz', task: 'step-1', attempt: 1, outputs: {} });

/** What no durable engine on this machine goes below: one row that is on disk, and that plus one round trip to a process next to it. */
export class Floors {
  #client;
  #echo;
  #socket;

  async open(databaseUrl) {
    this.#client = new pg.Client({ connectionString: databaseUrl });
    this.#client.on('error', () => {}); // the next query says it
    await this.#client.connect();
    const { rows } = await this.#client.query("select string_agg(name || ' ' || setting, ', ' order by name) as settings from pg_settings where name in ('fsync', 'synchronous_commit')");
    await this.#client.query('create table if not exists bench_floor (id int, body text)');
    this.#echo = fork(fileURLToPath(new URL('echo.mjs', import.meta.url)));
    const port = await new Promise((resolve) => this.#echo.once('message', resolve));
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    await new Promise((resolve) => this.#socket.once('open', resolve));
    return rows[0].settings;
  }

  /** Medians in ms of one durable row, and of one durable row and one round trip, over rows written one after the other now. */
  async measure() {
    const rows = [];
    const both = [];
    for (let i = 0; i < ROWS; i++) {
      const start = performance.now();
      await this.#client.query({ name: 'floor', text: 'insert into bench_floor values ($1, $2)', values: [i, MESSAGE] });
      rows.push(performance.now() - start);
      await this.#roundTrip();
      both.push(performance.now() - start);
    }
    return { row: median(rows), trip: median(both) };
  }

  async close() {
    await this.#client.query('drop table bench_floor');
    await this.#client.end();
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
