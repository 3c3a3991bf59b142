import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Settings } from '@novacron/service';
import { MemoryServiceLog, until, VirtualPorts } from '@novacron/testing';
import { definition } from '../definition.ts';
import { declared, file, interval } from '../domain/trigger/examples.ts';
import { TriggerEffects } from './trigger-effects.ts';

/** The edge over a real folder, with the real deciders and a clock that only the test moves. */
class World {
  readonly ports = new VirtualPorts();
  readonly dataDir = mkdtempSync(join(tmpdir(), 'triggers-'));
  readonly inbox = join(this.dataDir, 'inbox', 'shop');
  readonly log = new MemoryServiceLog(definition, () => this.ports.clock.now());
  readonly warnings: string[] = [];
  effects!: TriggerEffects;

  start(): void {
    const say = (_: object, text: string) => void this.warnings.push(text);
    this.effects = new TriggerEffects(this.log as never, this.ports, { dataDir: this.dataDir } as Settings, { warn: say, error: say } as never);
    this.log.restart(this.effects);
  }

  put(name: string, text = 'x'): void {
    mkdirSync(this.inbox, { recursive: true });
    writeFileSync(join(this.inbox, name), text);
  }

  /** Lets time pass for an inbox that is watched, only between its looks: one takes 10 ms at most. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10) {
      await until(() => this.pending > 0, 'the look at the folder is over');
      await this.ports.advance(10);
    }
    await until(() => this.pending > 0, 'the last look at the folder is over');
  }

  private pending = 0;
  constructor() {
    const { timers } = this.ports;
    const after = timers.after;
    timers.after = (ms, callback) => {
      let waits = true;
      const done = (): void => {
        if (waits) this.pending--;
        waits = false;
      };
      this.pending++;
      const cancel = after(ms, () => {
        done();
        callback();
      });
      return () => {
        done();
        cancel();
      };
    };
  }

  get fired(): string[] {
    return this.log.said('TriggerFired').map(({ trigger, detail }) => `${String(trigger)} ${(detail as { file: { name: string } }).file.name}`);
  }
}

let world: World;
beforeEach(() => void (world = new World()));
afterEach(() => {
  world.effects.beforeApplicationShutdown();
  rmSync(world.dataDir, { recursive: true });
});

describe('an inbox', () => {
  it('TR-05 TR-06 fires once for a file that was dropped in, with its path', async () => {
    world.start();
    await world.log.submit('shop', declared(file('reviews*.jsonl')));
    await world.pass(1_000);
    world.put('reviews-1.jsonl', 'hello');
    world.put('orders.csv');
    await world.pass(3_000);
    await until(() => world.fired.length === 1, 'the file fires');
    expect(world.log.said('TriggerFired')[0]!['detail']).toEqual({ file: { name: 'reviews-1.jsonl', path: join(world.inbox, 'reviews-1.jsonl'), size: 5 } });
    await world.pass(3_000);
    expect(world.fired).toEqual(['recommend/file reviews-1.jsonl']);
  });

  it('T5 waits for a writer that is still writing, and takes a marker for its word', async () => {
    world.start();
    await world.log.submit('shop', declared(file('*')));
    world.put('growing');
    for (let i = 0; i < 6; i++) {
      await world.pass(250);
      appendFileSync(join(world.inbox, 'growing'), 'more');
    }
    expect(world.fired).toEqual([]);
    world.put('whole');
    world.put('whole.done', '');
    await world.pass(1_000);
    await until(() => world.fired.includes('recommend/file whole'), 'the marked file fires at its first look');
    await world.pass(4_000);
    await until(() => world.fired.length === 2, 'the grown file fires once it rests');
    expect(world.fired).toEqual(['recommend/file whole', 'recommend/file growing']);
  });

  it('T5 ignores what others still write, and refuses what is no plain file', async () => {
    writeFileSync(join(world.dataDir, 'secret'), 'x');
    world.start();
    await world.log.submit('shop', declared(file('*')));
    for (const name of ['.hidden', 'a.tmp', 'a.part', 'back\\slash', 'new\nline']) world.put(name);
    symlinkSync(join(world.dataDir, 'secret'), join(world.inbox, 'link'));
    mkdirSync(join(world.inbox, 'folder'));
    world.put('.later');
    renameSync(join(world.inbox, '.later'), join(world.inbox, 'renamed'));
    await world.pass(4_000);
    await until(() => world.fired.length > 0, 'the renamed file fires');
    expect(world.fired).toEqual(['recommend/file renamed']);
    expect([...world.warnings].sort()).toEqual([
      'a file in an inbox is refused: it is a symbolic link',
      'a file in an inbox is refused: it is not a plain file',
      'a file in an inbox is refused: its name holds a slash, a backslash or a control character',
      'a file in an inbox is refused: its name holds a slash, a backslash or a control character',
    ]);
  });

  it('fires again for other content, and not for the same after a restart', async () => {
    world.start();
    await world.log.submit('shop', declared(file('*')));
    world.put('a', 'one');
    await world.pass(3_000);
    await until(() => world.fired.length === 1, 'the first content fires');
    truncateSync(join(world.inbox, 'a'), 2);
    await world.pass(3_000);
    await until(() => world.fired.length === 2, 'the second content fires');
    world.effects.beforeApplicationShutdown();
    world.put('b');
    world.start();
    await world.pass(3_000);
    await until(() => world.fired.length === 3, 'what came while nobody looked fires');
    await world.pass(3_000);
    expect(world.fired).toEqual(['recommend/file a', 'recommend/file a', 'recommend/file b']);
    expect(world.log.inputs.filter(({ type, name }) => type === 'FileSeen' && name === 'a')).toHaveLength(3);
  });

  it('tells a file again until the log takes it', async () => {
    world.start();
    await world.log.submit('shop', declared(file('*')));
    await world.pass(1_000);
    world.log.unavailable = new Error('the log is away');
    world.put('a');
    await world.pass(4_000);
    expect(world.fired).toEqual([]);
    world.log.unavailable = undefined;
    await world.pass(2_000);
    await until(() => world.fired.length === 1, 'the file fires');
  });

  it('fires a second trigger for what lies there already, and the first not again', async () => {
    world.start();
    await world.log.submit('shop', declared(file('*', { name: 'one' })));
    world.put('a');
    await world.pass(3_000);
    await until(() => world.fired.length === 1, 'the first fires');
    await world.log.submit('shop', declared(file('*', { name: 'one' }), file('*', { name: 'two' })));
    await world.pass(3_000);
    await until(() => world.fired.length === 2, 'the second fires');
    expect(world.fired).toEqual(['recommend/one a', 'recommend/two a']);
  });

  it('is looked into only while a trigger listens; then all effects are ended', async () => {
    world.start();
    await world.log.submit('shop', declared(interval(60_000)));
    expect(world.log.open.size).toBe(0);
    await world.log.submit('shop', declared(file('*')));
    await world.pass(1_000);
    expect([...world.log.open.values()].map(({ effect }) => effect.type)).toEqual(['WatchInbox']);
    await world.log.submit('shop', declared());
    await until(() => world.log.open.size === 0, 'both effects end');
    world.put('a');
    await world.ports.advance(5_000);
    expect(world.log.inputs.filter(({ type }) => type === 'FileSeen')).toEqual([]);
  });

  it('does not follow a link in the place of the inbox', async () => {
    mkdirSync(join(world.dataDir, 'inbox'));
    mkdirSync(join(world.dataDir, 'elsewhere'));
    writeFileSync(join(world.dataDir, 'elsewhere', 'a'), 'x');
    symlinkSync(join(world.dataDir, 'elsewhere'), world.inbox);
    world.start();
    await world.log.submit('shop', declared(file('*')));
    await world.pass(3_000);
    expect([world.fired, world.warnings]).toEqual([[], ['an inbox cannot be read; its files wait']]);
  });

  it('T5 misses none of many, and fires for an old time of change too', async () => {
    world.start();
    await world.log.submit('shop', declared(file('*')));
    for (let i = 0; i < 300; i++) world.put(`f${i}`);
    utimesSync(join(world.inbox, 'f7'), 1, 1);
    await world.pass(3_000);
    await until(() => world.fired.length === 300, 'all fire');
    expect(new Set(world.fired).size).toBe(300);
  });
});
