// The scoreboard must not say more than was measured: sizes stay apart, what is missing is named, and a result expires with the code it speaks of.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { faultsOf, readResults, resultOf, ROOT } from './results.mjs';
import { FIGURES, SOURCES } from './scoreboard/figures.mjs';
import { harnessHash } from './scoreboard/harness.mjs';
import { reliabilityPage } from './scoreboard/page.mjs';
import { DAYS, staleResults } from './scoreboard/staleness.mjs';

const root = mkdtempSync(join(tmpdir(), 'novacron-scoreboard-'));
afterAll(() => rmSync(root, { recursive: true }));

const kill = (changes = {}) => ({
  figure: 'kill', command: 'npm run chaos -- --fault kill --n 20', scale: 'ci', driver: 'postgres', seed: 4711, size: '20 kills', values: { lost: 0, recovery: { p50: 4.25 } },
  passed: true, failedBecause: [], seconds: 95, commit: 'abcdef123', date: '2026-03-01T10:00:00.000Z', node: 'v20.19.0', cores: 2, harness: 'h1', ...changes,
});
const page = (...results) => reliabilityPage(results, FIGURES, SOURCES);
const lineOf = (text, start) => text.split('\n').find((line) => line.startsWith(start));

describe('the page', () => {
  it('shows a size that was not run as a dash, never as the other', () => {
    expect(lineOf(page(kill()), '| 5, 10, 11 |')).toBe('| 5, 10, 11 | [kill -9 of random processes under load](#kill) | postgres | passed: 20 kills; lost 0, recovery p50 4.25 | – |');
    expect(lineOf(page(kill({ scale: 'full', size: '1,000 kills' })), '| 5, 10, 11 |')).toContain('| – | passed: 1,000 kills;');
  });

  it('gives every driver a line of its own', () => {
    const rows = page(kill(), kill({ driver: 'kafka' })).split('\n').filter((line) => line.startsWith('| 5, 10, 11 |'));
    expect(rows.map((row) => row.split(' | ')[2])).toEqual(['kafka', 'postgres']);
  });

  it('says of each result how to make it again, and with what it was made', () => {
    const text = page(kill());
    expect([lineOf(text, '| seed'), lineOf(text, '| took'), lineOf(text, '| commit'), lineOf(text, '| command')])
      .toEqual(['| seed | 4711 |', '| took | 1 min 35 s |', '| commit | `abcdef123` |', '| command | `npm run chaos -- --fault kill --n 20` |']);
  });

  it('shows a failure and its reasons', () => {
    const text = page(kill({ passed: false, failedBecause: ['2 runs were lost'] }));
    expect(lineOf(text, '| 5, 10, 11 |')).toContain('**FAILED**: 20 kills');
    expect(lineOf(text, '| verdict')).toBe('| verdict | **FAILED**; 2 runs were lost |');
  });

  it('lists every figure without a result by its number, and no other', () => {
    const numbers = (text) => text.slice(text.indexOf('## Held by specs')).split('\n').map((line) => /^- (\d+): /.exec(line)?.[1]).filter(Boolean).map(Number).sort((a, b) => a - b);
    expect(numbers(page())).toEqual(FIGURES.map(({ number }) => number));
    expect(numbers(page(kill()))).toEqual(FIGURES.map(({ number }) => number).filter((number) => ![5, 10, 11].includes(number)));
  });
});

describe('the harness of a fault', () => {
  it.each(readdirSync(join(ROOT, 'chaos/faults')).filter((name) => !name.includes('.spec.')).map((name) => name.replace('.mjs', '')))('%s: all of chaos but how faults are done that it does not use', (fault) => {
    const file = (name) => `chaos/faults/${name}.mjs`;
    const uses = [...readFileSync(join(ROOT, file(fault)), 'utf8').matchAll(/from '\.\/(\w+)\.mjs'/g)].map(([, name]) => name);
    const { paths, except } = SOURCES[fault].harness;
    expect(paths).toEqual(['chaos']);
    expect(except).toContain('chaos/planted');
    expect(except.filter((path) => [fault, ...uses].map(file).includes(path))).toEqual([]);
  });
});

describe('a result', () => {
  const now = Date.parse(kill().date);
  const stale = (days, harness = 'h1') => staleResults([kill()], SOURCES, { harnessOf: () => harness, changedAt: () => now + days * 86_400_000 });

  it('counts while its command is the same and its product code is not much younger', () => {
    expect(stale(0)).toEqual([]);
    expect(stale(DAYS)).toEqual([]);
  });

  it('expires with the code of its command', () => {
    expect(stale(0, 'h2')).toEqual(['kill.postgres.ci: its command has changed since 2026-03-01. Run it again: npm run chaos -- --fault kill --n 20']);
  });

  it('expires when product code changed more than its days later', () => {
    expect(stale(DAYS + 1)).toEqual([`kill.postgres.ci: libs/log, services, apps/agent changed ${DAYS + 1} days after it was measured. Run it again: npm run chaos -- --fault kill --n 20`]);
  });

  it.each([
    ['an unknown figure', { figure: 'luck' }, 'figure "luck" is not in scripts/scoreboard/figures.mjs'],
    ['a verdict that its reasons contradict', { failedBecause: ['1 lost'] }, 'passed and failedBecause contradict each other'],
    ['a scale in between', { scale: 'nightly' }, 'scale is one of ci, full'],
    ['no values', { values: {} }, 'values holds at least one measured value'],
  ])('with %s is refused', (_, changes, sentence) => expect(faultsOf(kill(changes))).toEqual([sentence]));

  it('stands once, in a file of its own or with others', () => {
    mkdirSync(join(root, 'docs/results'), { recursive: true });
    writeFileSync(join(root, 'docs/results/chaos.json'), JSON.stringify([kill(), kill({ figure: 'pause' })]));
    expect(readResults(root)).toEqual([kill(), kill({ figure: 'pause' })]);
    writeFileSync(join(root, 'docs/results/kill.postgres.ci.json'), JSON.stringify(kill()));
    expect(() => readResults(root)).toThrow('docs/results/kill.postgres.ci.json: kill.postgres.ci stands in chaos.json as well.');
  });
});

describe('the writer', () => {
  const checkout = mkdtempSync(join(root, 'checkout-'));
  const git = (...args) => execFileSync('git', ['-C', checkout, '-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], { encoding: 'utf8' }).trim();
  const { commit: _, date: __, node: ___, cores: ____, harness: _____, passed: ______, ...measured } = kill();

  it('adds commit, verdict and harness, and marks code that was changed, but not a result', () => {
    for (const folder of ['chaos', 'docs/results']) mkdirSync(join(checkout, folder), { recursive: true });
    writeFileSync(join(checkout, 'chaos/main.mjs'), 'export const a = 1;');
    writeFileSync(join(checkout, 'docs/results/kill.postgres.ci.json'), '{}');
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'x');
    const head = git('rev-parse', '--short=9', 'HEAD');
    writeFileSync(join(checkout, 'docs/results/kill.postgres.ci.json'), '[]');
    expect(resultOf(measured, checkout)).toMatchObject({ ...measured, passed: true, commit: head, harness: harnessHash(checkout, SOURCES.kill.harness) });
    writeFileSync(join(checkout, 'chaos/main.mjs'), 'export const a = 2;');
    expect(resultOf({ ...measured, failedBecause: ['1 lost'] }, checkout)).toMatchObject({ passed: false, commit: `${head}+` });
  });

  it('refuses what it could not read again', () => {
    expect(() => resultOf({ ...measured, scale: 'big' }, checkout)).toThrow('The result of kill cannot be written: scale is one of ci, full.');
  });
});

describe('the hash of a harness', () => {
  const write = (file, text) => {
    mkdirSync(join(root, 'chaos/planted'), { recursive: true });
    writeFileSync(join(root, 'chaos', file), text);
    return harnessHash(root, { paths: ['chaos'], except: ['chaos/planted'] });
  };

  it('changes with code, not with comments, layout, pages, specs or what is excepted', () => {
    const before = write('kill.mjs', 'export const kills = 3; // few\n');
    expect(write('kill.mjs', '/** How many. */\nexport const kills = 3;\n')).toBe(before);
    expect([write('README.md', '# chaos'), write('kill.spec.mjs', 'x'), write('planted/one.patch', 'x')]).toEqual([before, before, before]);
    expect(write('kill.mjs', 'export const kills = 4;\n')).not.toBe(before);
  });

  it('is undefined while there is no code', () => expect(harnessHash(root, { paths: ['simulation'] })).toBeUndefined());
});
