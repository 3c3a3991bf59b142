import { describe, expect, it } from '@jest/globals';
import { Book, SECRET, START } from './book.fixture.ts';

const MINUTE = 60_000;
const actor = { key: 'k1', name: 'ada' };
const ofRun = { workspace: 'shop', workflow: 'flow', run: 'r1' };
const mark = { workspace: 'shop', run: 'r1', task: 'a', attempt: 1 };
const resources = { cpu: 1, memory: 0, gpu: 0 };
const capacity = { cpu: 2, memory: 1_024, gpus: [{ index: 0, type: 'a100', memory: 40_000 }], declared: true };

const taken = (command: string, key = 'key-1') => ({ type: 'CommandTaken', id: `shop|k1|${key}`, command, workspace: 'shop', operation: 'startRun', bodyHash: '' });
const wish = (command: string) => ({ type: 'RunRequested', command, workspace: 'shop', actor, workflow: 'flow', params: {} });
const settled = (command: string) => ({ type: 'CommandSettled', command, workspace: 'shop', outcome: {} });
const asked = (key = 'key-1') => ({ type: 'Command', workspace: 'shop', actor, idempotencyKey: key });
const acknowledged = (command: string) => ({ kind: 'acknowledged', at: START, position: { topic: 'gateway', partition: 0, seq: 0 }, events: [], reply: { command, fresh: true } }) as const;

const task = (name: string, more: object = {}) => ({ name, needs: [], models: [], kind: 'function', params: {}, inputs: {}, ...more });
const admitted = (run = 'r1', cause: object = { kind: 'manual', by: 'ada' }) => ({ type: 'RunAdmitted', ...ofRun, run, version: 1, params: {}, cause, priority: 0, queued: false });
const started = (tasks: readonly object[], run = 'r1') => ({ type: 'RunStarted', ...ofRun, run, version: 1, definition: { name: 'flow', tasks }, params: {}, cause: { kind: 'manual', by: 'ada' }, priority: 0 });
const ready = (name = 'a', attempt = 1) => ({ type: 'TaskReady', ...mark, task: name, attempt, workflow: 'flow', pool: 'default', priority: 0, resources });
const joined = (more: object = {}) => ({ type: 'NodeJoined', pool: 'default', node: 'n1', capacity, placeable: true, ...more });
const placed = (name = 'a', more: object = {}) => ({ type: 'TaskPlaced', ...mark, task: name, workflow: 'flow', pool: 'default', resources, node: 'n1', gpus: [], ...more });
const released = (outcome = 'succeeded', name = 'a') => ({ type: 'TaskReleased', ...mark, task: name, pool: 'default', outcome });
const starting = (name = 'a') => ({ type: 'AttemptStarting', ...mark, task: name, workflow: 'flow', pool: 'default', node: 'n1', gpus: [] });
const ended = (type = 'AttemptSucceeded', name = 'a', attempt = 1) => ({ type, ...mark, task: name, attempt, workflow: 'flow', pool: 'default', node: 'n1', endedAt: START, outputs: {} });
const succeeded = (name = 'a', attempt = 1) => ({ type: 'TaskSucceeded', ...ofRun, task: name, attempt, outputs: {} });
const runSucceeded = (run = 'r1') => ({ type: 'RunSucceeded', ...ofRun, run, outputs: {}, startedAt: START });

/** From a command to the end of its run. */
const wholeRun = () => new Book()
  .say('gateway', [taken('r1'), wish('r1')], { to: ['resolver'] }).call(asked(), acknowledged('r1'), 'key-1')
  .say('resolver', [{ ...admitted(), command: 'r1' }], { to: ['resolver'], cites: ['gateway', 0] })
  .say('resolver', [started([task('a'), task('b', { needs: ['a'] })]), ready('a')], { to: ['scheduler'], cites: ['resolver', 0] })
  .say('scheduler', [joined(), placed('a')], { to: ['executor'], cites: ['resolver', 1] })
  .say('executor', [starting('a')], { cites: ['scheduler', 0], effects: [{ type: 'StartAttempt' }] }).did('executor/0/0.0', 'StartAttempt').node('began').node('ended')
  .say('executor', [ended()], { to: ['resolver', 'scheduler'], ended: ['0.0'] })
  .say('scheduler', [released()], { cites: ['executor', 1] })
  .say('resolver', [succeeded('a'), { type: 'TaskSkipped', ...ofRun, task: 'b', reason: '' }, runSucceeded()], { cites: ['executor', 1] })
  .say('gateway', [settled('r1')]);

it('finds nothing in a log where all is right, whatever else has landed in it', () => {
  const book = wholeRun().write('resolver', 'garbage').say('resolver', [succeeded('a')], { epoch: 9 }).claim('executor').claim('executor', 7);
  expect(book.settled).toBe(true);
  expect([book.found(), book.broken()]).toEqual([[], []]);
});

describe('1: every acknowledged command is in the log exactly once', () => {
  const lines = (...parts: object[][]) => parts.reduce((book, events) => book.say('gateway', events), new Book());
  it.each([
    ['acknowledged, and not in the log', new Book().claim('gateway').call(asked(), acknowledged('r1'))],
    ['acknowledged, and another command has the key', lines([taken('r1'), wish('r1')], [settled('r1')]).call(asked(), acknowledged('r2'))],
    ['one key, two commands', lines([taken('r1'), wish('r1')], [settled('r1')], [taken('r2'), wish('r2')], [settled('r2')])],
    ['said twice', lines([taken('r1'), wish('r1')], [settled('r1')], [wish('r1')])],
    ['settled twice', lines([taken('r1'), wish('r1')], [settled('r1')], [settled('r1')])],
    ['taken, and nothing said', lines([taken('r1')], [settled('r1')])],
    ['an answer that does not stand where it says', lines([taken('r1'), wish('r1')], [settled('r1')]).call({ type: 'RegisterNode' }, { ...acknowledged('r1'), events: [{ type: 'NodeRegistered' }] })],
  ])('%s', (_, book) => expect(book.broken()).toContain(1));

  it('takes a key again when a day is over, and a repeat that gets the first answer', () => {
    const book = lines([taken('r1'), wish('r1')], [settled('r1')]).call(asked(), acknowledged('r1')).call(asked(), acknowledged('r1'));
    expect(book.say('gateway', [taken('r2'), wish('r2')], { time: START + 24 * 60 * MINUTE }).say('gateway', [settled('r2')]).broken()).toEqual([11]);
  });

  it('looks only at records that count', () => {
    expect(new Book().claim('gateway').say('gateway', [taken('r1'), wish('r1')], { epoch: 2 }).call(asked(), acknowledged('r1')).broken()).toEqual([1]);
  });
});

describe('2: an attempt ends at most once, a task too', () => {
  const run = () => new Book().say('resolver', [admitted()]).say('resolver', [started([task('a')]), ready()]).say('scheduler', [joined(), placed()]).say('executor', [starting()]);
  it.each([
    ['an attempt ends twice', run().say('executor', [ended()]).say('executor', [ended('AttemptLost')])],
    ['an attempt is ordered to start twice', run().say('executor', [starting()])],
    ['an attempt ends that never started', new Book().say('executor', [ended()])],
    ['an attempt is placed twice', run().say('scheduler', [placed()])],
    ['a task succeeds twice', run().say('executor', [ended()]).say('resolver', [succeeded()]).say('resolver', [succeeded()])],
    ['a task succeeds whose attempt did not', run().say('executor', [ended('AttemptFailed')]).say('resolver', [succeeded()])],
    ['a task succeeds by an attempt that no longer counts', run().say('executor', [ended()]).say('resolver', [ready('a', 2)]).say('resolver', [succeeded('a', 1)])],
    ['a number is used again', run().say('executor', [ended('AttemptFailed')]).say('resolver', [ready('a', 1)])],
    ['a delivery ends twice', new Book().say('notifier', [{ type: 'DeliverySucceeded', delivery: 'd' }, { type: 'DeliveryAbandoned', delivery: 'd' }])],
  ])('%s', (_, book) => expect(book.broken()).toContain(2));
});

describe('3: no task starts before its dependencies', () => {
  const run = (...tasks: object[]) => new Book().say('resolver', [admitted()]).say('resolver', [started(tasks)]);
  const failed = { type: 'TaskFailed', ...ofRun, task: 'a', attempt: 1, failure: {} };
  it.each([
    ['its need has not ended', run(task('a'), task('b', { needs: ['a'] })).say('resolver', [ready('b')])],
    ['its need failed', run(task('a'), task('b', { needs: ['a'] })).say('resolver', [failed]).say('resolver', [ready('b')])],
    ['its model is not pinned', run(task('a', { models: [{ model: 'vision/m', range: '*' }] })).say('resolver', [ready('a')])],
    ['more instances than may be', run(task('a', { maxParallel: 1, forEach: '2' })).say('resolver', [ready('a[0]'), ready('a[1]')])],
    ['its run has not started', new Book().say('resolver', [ready('a')])],
    ['user code that nothing readied', new Book().claim('executor').node('began')],
  ])('%s', (_, book) => expect(book.broken()).toContain(3));

  it('lets a task begin that judges for itself, one whose model is there, and the next instance', () => {
    const judge = run(task('a'), task('b', { needs: ['a'], when: "tasks.a.state == 'failed'" })).say('resolver', [failed]).say('resolver', [ready('b')]);
    const pinned = run(task('a', { models: [{ model: 'vision/m', range: '*' }] })).say('resolver', [{ type: 'ModelPinned', ...ofRun, task: 'a', model: 'vision/m' }, ready('a')]);
    const next = run(task('a', { maxParallel: 1, forEach: '2' })).say('resolver', [ready('a[0]')]).say('resolver', [{ ...failed, task: 'a[0]' }, ready('a[1]')]);
    for (const book of [judge, pinned, next]) expect(book.found()).toEqual([]);
  });
});

describe('4: allocations never exceed capacity or quota', () => {
  const pool = () => new Book().say('scheduler', [joined()]);
  const quota = { type: 'QuotaSet', workspace: 'system', pool: 'default', grantee: 'shop', limit: { cpu: 1, memory: null, gpu: null } };
  const gpu = { resources: { ...resources, gpu: 1 }, gpus: [0] };
  const lost = () => pool().say('scheduler', [placed()]).say('executor', [starting()]).say('executor', [ended('AttemptLost')]).say('scheduler', [released('lost')]);
  const inventory = (attempts: string[]) => [[{ type: 'NodeRegistered', pool: 'default', node: 'n1', attempts }], { to: ['scheduler'] }] as const;
  const freed = { type: 'InventoryTaken', pool: 'default', node: 'n1', freed: ['r1/a/1'] };
  it.each([
    ['too many cores', pool().say('scheduler', [placed('a'), placed('b'), placed('c')])],
    ['too much memory', pool().say('scheduler', [placed('a', { resources: { ...resources, memory: 2_000 } })])],
    ['a GPU twice', pool().say('scheduler', [placed('a', gpu), placed('b', gpu)])],
    ['a GPU that is not there', pool().say('scheduler', [placed('a', { ...gpu, gpus: [3] })])],
    ['a GPU of another type', pool().say('scheduler', [placed('a', { ...gpu, resources: { ...gpu.resources, gpuType: 'h100' } })])],
    ['fewer GPUs than asked for', pool().say('scheduler', [placed('a', { ...gpu, gpus: [] })])],
    ['over the quota', pool().say('scheduler', [quota]).say('scheduler', [placed('a'), placed('b')])],
    ['on a node that drains', pool().say('scheduler', [joined({ placeable: false })]).say('scheduler', [placed()])],
    ['on a node that left', pool().say('scheduler', [{ type: 'NodeLeft', pool: 'default', node: 'n1' }]).say('scheduler', [placed()])],
    ['released, and the executor says another end', pool().say('scheduler', [placed()]).say('executor', [starting()]).say('executor', [ended('AttemptFailed')]).say('scheduler', [released()])],
    ['released without having been placed', pool().say('scheduler', [released()])],
    ['a lost attempt frees its place at once', lost().say('scheduler', [placed('b'), placed('c')])],
    ['a place given back without an inventory', lost().say('scheduler', [freed])],
    ['a place given back against the inventory', lost().say('fleet', ...inventory(['r1/a/1'])).say('scheduler', [freed], { cites: ['fleet', 0] })],
    ['a place never given back', lost()],
    ['two attempts on one GPU', new Book().claim('executor').node('began', { gpus: [0] }).node('began', { gpus: [0], attempt: 2 })],
  ])('%s', (_, book) => expect(book.broken()).toContain(4));

  it('gives places back after an end, an inventory, a node that left', () => {
    const back = pool().say('scheduler', [quota]).say('scheduler', [placed()]).say('executor', [starting()]).say('executor', [ended()]).say('scheduler', [released(), placed('b')]);
    const listed = lost().say('fleet', ...inventory([])).say('scheduler', [freed, placed('b'), placed('c')], { cites: ['fleet', 0] });
    const left = lost().say('scheduler', [{ type: 'NodeLeft', pool: 'default', node: 'n1' }]).say('scheduler', [joined(), placed('b'), placed('c')]);
    const devices = new Book().node('began', { gpus: [0] }).node('killed', { gpus: [0] }).node('began', { gpus: [0], attempt: 2 });
    for (const book of [back, listed, left, devices]) expect(book.found().filter((what) => what.startsWith('4'))).toEqual([]);
  });
});

describe('5: a schedule fires at most once per nominal time, as its policy says', () => {
  const trigger = { workspace: 'shop', workflow: 'flow', trigger: 'flow/t' };
  const every = (catchup?: string, more: object = { kind: 'interval', every: 10 * MINUTE }) =>
    new Book().say('triggers', [{ type: 'TriggerApplied', ...trigger, definition: { name: 't', params: {}, catchup, ...more }, declared: true }, { type: 'TriggerScheduled', ...trigger, at: START + 10 * MINUTE }]);
  const iso = (minutes: number) => new Date(START + minutes * MINUTE).toISOString();
  const fires = (minutes: number) => ({ type: 'TriggerFired', ...trigger, kind: 'interval', occasion: iso(minutes), params: {}, detail: {} });
  const skips = (occasion: string) => ({ type: 'TriggerSkipped', ...trigger, occasion, reason: 'catchup' });
  const next = (minutes: number) => ({ type: 'TriggerScheduled', ...trigger, at: START + minutes * MINUTE });
  const at = (minutes: number) => ({ cause: 'timer:fire/shop/flow/t', time: START + minutes * MINUTE });
  it.each([
    ['too early', every().say('triggers', [fires(10), next(20)], at(9))],
    ['for another time', every().say('triggers', [fires(11), next(20)], at(10))],
    ['not at all', every().say('triggers', [next(20)], at(10))],
    ['again for the same time', every().say('triggers', [fires(10), next(20)], at(10)).say('triggers', [fires(10), next(20)], at(10))],
    ['late, all of them, and its policy is latest', every().say('triggers', [fires(10), fires(20), next(30)], at(25))],
    ['late, the newest only, and its policy is all', every('all').say('triggers', [skips(iso(10)), fires(20), next(30)], at(25))],
    ['late, and its policy is skip', every('skip').say('triggers', [skips(iso(10)), fires(20), next(30)], at(25))],
    ['due at a wrong time', every().say('triggers', [fires(10), next(21)], at(10))],
    ['cron, at a wrong time', every(undefined, { kind: 'cron', cron: '*/10 * * * *' }).say('triggers', [fires(10), next(15)], at(10))],
    ['a model version twice', every(undefined, { kind: 'model', model: 'v/m' }).say('triggers', [{ ...fires(0), occasion: 'v/m@1.0.0' }]).say('triggers', [{ ...fires(0), occasion: 'v/m@1.0.0' }])],
    ['two runs for one occasion', new Book().say('resolver', [admitted('r1', { kind: 'cron', by: 'flow/t', occasion: iso(0) })]).say('resolver', [admitted('r2', { kind: 'cron', by: 'flow/t', occasion: iso(0) })])],
    ['no run for an occasion', every().say('triggers', [fires(10), next(20)], { ...at(10), to: ['resolver'] }).say('resolver', [], { cites: ['triggers', 1] })],
    ['told of a version, and silent', every(undefined, { kind: 'model', model: 'v/m' }).say('triggers', [{ type: 'ModelSubscribed', ...trigger, subscription: 's' }])
      .say('registry', [{ type: 'ModelSubscriptionMatched', ...trigger, subscription: 's', model: 'v/m', version: '1.0.0' }], { to: ['triggers'] }).say('triggers', [], { cites: ['registry', 0] })],
  ])('%s', (_, book) => expect(book.broken()).toContain(5));

  it('takes what the policies say', () => {
    const latest = every().say('triggers', [skips(`${iso(10)}/${iso(30)}`), fires(40), next(50)], at(45));
    const all = every('all').say('triggers', [fires(10), fires(20), next(30)], at(25));
    const skip = every('skip').say('triggers', [skips(`${iso(10)}/${iso(20)}`), next(30)], at(25)).say('triggers', [fires(30), next(40)], at(30.5));
    const cron = every(undefined, { kind: 'cron', cron: '*/10 12-13 * * 5' }).say('triggers', [fires(10), next(20)], at(10));
    for (const book of [latest, all, skip, cron]) expect(book.found()).toEqual([]);
  });
});

describe('6: cursors never go back, and what is addressed is answered once', () => {
  const source = (...commits: number[]) => commits.reduce((book) => book.say('resolver', [{ type: 'X' }], { to: ['scheduler'] }), new Book());
  it.each([
    ['a cursor goes back', source(0, 1).say('scheduler', [], { cites: ['resolver', 0] }).say('scheduler', [], { cites: ['resolver', 1] }).say('scheduler', [], { cites: ['resolver', 0] })],
    ['answered twice', source(0).say('scheduler', [], { cites: ['resolver', 0] }).say('scheduler', [{ type: 'Y' }], { cites: ['resolver', 0] })],
    ['left out', source(0, 1).say('scheduler', [], { cites: ['resolver', 1] })],
    ['answered, and addressed to somebody else', source(0).say('fleet', [{ type: 'Y' }], { cites: ['resolver', 0] })],
    ['never answered', source(0)],
    ['a timer before the backlog', source(0).claim('scheduler').say('scheduler', [], { cause: 'timer:x' }).say('scheduler', [], { cites: ['resolver', 0] })],
  ])('%s', (_, book) => expect(book.broken()).toContain(6));

  it('takes an answer in two parts, a mark that only moves on, and a timer after the backlog', () => {
    const parts = new Book().say('resolver', [{ type: 'X' }, { type: 'Y' }], { to: ['scheduler'] }).say('scheduler', [], { cites: ['resolver', 0, 0] }).say('scheduler', [], { cites: ['resolver', 0, 1] });
    const mark = new Book().say('resolver', [{ type: 'X' }]).say('scheduler', [], { cites: ['resolver', 0] });
    const timer = source(0).claim('scheduler').say('scheduler', [], { cites: ['resolver', 0] }).say('scheduler', [], { cause: 'timer:x' });
    for (const book of [parts, mark, timer]) expect(book.broken()).toEqual([]);
  });
});

describe('7: all readers of a prefix have the same state', () => {
  const many = (stateHash?: string) => Array.from({ length: 256 }).reduce<Book>((book, _, i) => book.say('fleet', [], i === 255 && stateHash !== undefined ? { stateHash } : {}), new Book());
  it('tells readers apart, and a hash that is missing', () => {
    expect(new Book().say('fleet', []).hashed('fleet', 0, 'aa').hashed('fleet', 0, 'bb', 'rebuild').broken()).toEqual([7]);
    expect(many('aa').hashed('fleet', 255, 'bb').broken()).toEqual([7]);
    expect(many().broken()).toEqual([7]);
    expect(many('aa').hashed('fleet', 255, 'aa').hashed('fleet', 255, 'aa', 'rebuild').broken()).toEqual([]);
  });
});

describe('8: effects done are a subset of effects requested', () => {
  const requested = () => new Book().say('notifier', [], { effects: [{ type: 'Deliver' }] });
  it.each([
    ['nothing requests it', requested().did('notifier/0/7.0', 'Deliver').say('notifier', [], { ended: ['0.0'] })],
    ['another was requested', requested().did('notifier/0/0.0', 'StartAttempt').say('notifier', [], { ended: ['0.0'] })],
    ['requested by a commit that does not count', new Book().claim('notifier').say('notifier', [], { epoch: 3, effects: [{ type: 'Deliver' }] }).did('notifier/0/0.0', 'Deliver')],
    ['done by an owner before the one that requested it', new Book().claim('notifier').claim('notifier').say('notifier', [], { effects: [{ type: 'Deliver' }] }).did('notifier/0/0.0', 'Deliver', 1).say('notifier', [], { ended: ['0.0'] })],
    ['ended twice', requested().say('notifier', [], { ended: ['0.0'] }).say('notifier', [], { ended: ['0.0'] })],
    ['never ended', requested()],
  ])('%s', (_, book) => expect(book.broken()).toEqual([8]));
});

describe('9: everything that began ends', () => {
  it.each([
    ['a run', new Book().say('resolver', [admitted()])],
    ['a task that waits', new Book().say('resolver', [{ type: 'TaskWaiting', ...ofRun, task: 'a', on: 'model', detail: '' }])],
    ['an attempt in a queue', new Book().say('resolver', [admitted()]).say('resolver', [started([task('a')]), ready()])],
    ['an attempt', new Book().say('executor', [starting()])],
    ['a wait in the registry', new Book().say('registry', [{ type: 'AwaitRegistered', wait: 'w' }])],
    ['a delivery', new Book().say('notifier', [{ type: 'DeliveryRequested', delivery: 'd' }])],
    ['a command', new Book().say('gateway', [taken('r1'), wish('r1')])],
  ])('%s', (_, book) => {
    expect(book.settled).toBe(false);
    expect(book.broken()).toContain(9);
  });
});

it('10: finds a secret in any record, also one that does not count, and in other texts', () => {
  expect(new Book().say('gateway', [{ type: 'X', key: SECRET }]).broken()).toEqual([10]);
  expect(new Book().claim('gateway').write('gateway', `garbage ${SECRET}`).broken()).toEqual([10]);
  const book = new Book();
  book.texts.push(`warn ${SECRET}`);
  expect(book.broken()).toEqual([10]);
});

describe('11: every wish comes to one end', () => {
  const run = () => new Book().say('gateway', [taken('r1'), wish('r1')]).say('gateway', [settled('r1')]).say('resolver', [{ ...admitted(), command: 'r1' }]).say('resolver', [started([task('a', { kind: 'none' })])]);
  it.each([
    ['a wish that came to nothing', new Book().say('gateway', [taken('r1'), wish('r1')]).say('gateway', [settled('r1')])],
    ['a run that nobody wished for', new Book().say('resolver', [admitted()]).say('resolver', [started([])]).say('resolver', [runSucceeded()])],
    ['let in twice', run().say('resolver', [admitted()]).say('resolver', [succeeded(), runSucceeded()])],
    ['started twice', run().say('resolver', [started([])]).say('resolver', [succeeded(), runSucceeded()])],
    ['ended twice', run().say('resolver', [succeeded(), runSucceeded()]).say('resolver', [runSucceeded()])],
    ['ended before its tasks', run().say('resolver', [runSucceeded()])],
    ['a task that ends after its run', run().say('resolver', [succeeded(), runSucceeded()]).say('resolver', [{ type: 'TaskSkipped', ...ofRun, task: 'b', reason: '' }])],
    ['refused and let in', run().say('resolver', [{ type: 'RunRefused', ...ofRun, command: 'r1', problem: {} }]).say('resolver', [succeeded(), runSucceeded()])],
  ])('%s', (_, book) => expect(book.broken()).toContain(11));

  it('counts runs that were cancelled in the queue, refused and skipped', () => {
    const book = run().say('resolver', [succeeded(), runSucceeded()])
      .say('gateway', [taken('r2', 'key-2'), wish('r2')]).say('gateway', [settled('r2')]).say('resolver', [{ ...admitted('r2'), command: 'r2', queued: true }]).say('resolver', [{ ...runSucceeded('r2'), type: 'RunCancelled' }])
      .say('gateway', [taken('r3', 'key-3'), wish('r3')]).say('gateway', [settled('r3')]).say('resolver', [{ type: 'RunSkipped', ...ofRun, command: 'r3', cause: { kind: 'manual', by: 'ada' } }]);
    expect(book.broken()).toEqual([]);
  });
});

describe('12: nobody obeys an epoch that is over', () => {
  it.each([
    ['a node obeys an older order', new Book().claim('executor').claim('executor').node('began', { epoch: 2 }).node('began', { epoch: 1 })],
    ['a node obeys an epoch that was never claimed', new Book().claim('executor').node('began', { epoch: 2 })],
    ['an effect of an epoch that was never claimed', new Book().say('notifier', [], { effects: [{ type: 'Deliver' }] }).did('notifier/0/0.0', 'Deliver', 2).say('notifier', [], { ended: ['0.0'] })],
    ['a commit cites one that is not there', new Book().claim('resolver').say('scheduler', [], { cites: ['resolver', 0] })],
    ['a commit cites one that does not count', new Book().say('resolver', [{ type: 'X' }], { to: ['scheduler'] }).claim('resolver').say('scheduler', [], { cites: ['resolver', 0] })],
  ])('%s', (_, book) => expect(book.broken()).toContain(12));

  it('takes orders of newer epochs, and of older ones of other partitions', () => {
    const book = new Book().claim('executor').claim('executor').node('began').node('began', { epoch: 2 }).node('began', { partition: 1, epoch: 0 });
    expect(book.found().filter((what) => what.startsWith('12'))).toEqual([]);
  });
});
