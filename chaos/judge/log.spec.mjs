import { expect, it } from '@jest/globals';
import { encodeClaim, encodeCommit, hashOf } from '../../libs/log/dist/index.js';
import { readTopics } from './log.mjs';

const owner = 'o';
const claim = encodeClaim({ epoch: 1, owner, address: 'http://127.0.0.1:1', partitions: 1, time: 1 });
const commit = (seq, prev, input) => encodeCommit({ epoch: 1, owner, seq, prev, time: 2, input, eventTexts: [], effects: [], ended: [], timers: [] });
const cites = (seq, head) => ({ topic: 'front', partition: 0, seq, index: 0, epoch: 1, owner, head });

/** Two partitions; `meanwhile` is called when the first has been read to its end. */
function driverOf(rows, meanwhile) {
  let told = false;
  return {
    heads: () => Promise.resolve(new Map(Object.keys(rows).map((name) => [name, {}]))),
    read: ({ topic, partition }, after) => {
      const found = rows[`${topic}/${partition}`].filter(({ lastSeq, epoch }) => epoch > after.epoch || lastSeq > after.lastSeq);
      if (found.length === 0 && !told) {
        told = true;
        meanwhile();
      }
      return Promise.resolve(found);
    },
  };
}

const row = (lastSeq, text) => ({ lastSeq, epoch: 1, records: [text] });
const logOf = () => ({ 'front/0': [row(-1, claim)], 'back/0': [row(-1, claim)] });

it('a commit that is cited while the log is read counts as what it is: valid', async () => {
  const rows = logOf();
  const asked = commit(0, '');
  const log = await readTopics(driverOf(rows, () => {
    rows['front/0'].push(row(0, asked));
    rows['back/0'].push(row(0, commit(0, '', cites(0, hashOf(asked)))));
  }), ['front', 'back'], 0);
  expect([log.citations.length, log.misquoted, log.commits]).toEqual([1, 0, 2]);
});

it('a cited commit that is not in the valid chain is told', async () => {
  const rows = logOf();
  rows['front/0'].push(row(0, commit(0, '')));
  rows['back/0'].push(row(0, commit(0, '', cites(0, 'of another'))));
  expect(await readTopics(driverOf(rows, () => {}), ['front', 'back'], 0)).toMatchObject({ misquoted: 1 });
});
