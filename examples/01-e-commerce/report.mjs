import Table from 'cli-table3';

const percent = (value) => (typeof value === 'number' ? `${(100 * value).toFixed(1)} %` : '–');
const figure = (value) => (typeof value === 'number' ? value.toFixed(4) : '–');
const took = ({ startedAt, endedAt }) => `${((new Date(endedAt) - new Date(startedAt)) / 1000).toFixed(1)} s`;
const causeText = ({ kind, occasion }) => (occasion ? `${kind} (${String(occasion).split('/').at(-1)})` : kind);

function table(head, rows) {
  const drawn = new Table({ head, style: { head: [], border: [] } });
  drawn.push(...rows);
  return drawn.toString();
}

/** Deliveries by team and kind; `again` counts messages that came more than once under one id. */
export function tally(deliveries) {
  const rows = new Map();
  for (const { team, kind, id } of deliveries) {
    const row = rows.get(`${team}/${kind}`) ?? { team, kind, messages: 0, ids: new Set(), again: 0 };
    if (id !== null && row.ids.has(id)) row.again += 1;
    else row.messages += 1;
    row.ids.add(id);
    rows.set(`${team}/${kind}`, row);
  }
  return [...rows.values()].sort((a, b) => a.team.localeCompare(b.team) || a.kind.localeCompare(b.kind));
}

/** The result: every figure comes from this round's runs and deliveries. */
export function report(round, { visionRuns, shopRuns, fired, deliveries, address }) {
  const published = visionRuns.map((run) => [run.outputs.version, run.outputs.images, percent(run.outputs.accuracy), run.outputs.heldOut, took(run)]);
  const rebuilt = shopRuns.map(({ outputs, cause, ...run }) => [
    causeText(cause), outputs.classifier, percent(outputs.shelfCodeAccuracy), percent(outputs.hitRate), figure(outputs.ndcg), figure(outputs.popularity?.ndcg), `+${percent(outputs.lift)}`.replace('+-', '-'), took({ ...run }),
  ]);
  const films = shopRuns[0].outputs.films;
  const told = tally(deliveries.filter(({ team }) => team === round.vision || team === round.shop)).map(({ team, kind, messages, again }) => [team, kind === 'slack' ? 'Slack format' : 'signed webhook', messages, kind === 'slack' ? 'no id to tell' : again]);
  return [
    `\nClassifiers published by ${round.vision} (accuracy measured on real images that training never saw)`,
    table(['version', 'trained on', 'accuracy', 'held out', 'took'], published),
    `\nRecommendations rebuilt by ${round.shop} (MADE users and reviews: these figures show that the pipeline works, nothing else)`,
    table(['cause', 'classifier', 'shelf codes read', 'hit rate@10', 'NDCG@10', 'popularity NDCG@10', 'lift', 'took'], rebuilt),
    `Real films: ${films.kept} of ${films.rows} kept; ${films.noGenre} without genre, ${films.noRating} without rating, ${films.noTitle} without title, ${films.duplicate} twice; corrected: ${films.wrongCentury} in the wrong century, ${films.numericTitle} numbers as titles; ${films.zeroGross} with zero gross.`,
    `Runs of ${round.shop} that a version fired: 1.1.0 ${fired['1.1.0']}, 2.0.0 ${fired['2.0.0']} (outside ^1.0.0; the conflict was told).`,
    '\nNotifications at the example\'s receiver',
    table(['team', 'kind', 'messages', 'repeated'], told),
    `\nAPI: ${address}\nNext:`,
    '  npx novacron status',
    `  npx novacron run list -w ${round.shop}`,
    `  npx novacron run describe ${shopRuns.at(-1).id} -w ${round.shop}`,
    `  npx novacron model list -w ${round.vision}`,
    `  npx novacron deps trace ${shopRuns.find(({ cause }) => cause.kind === 'model').id} -w ${round.shop}`,
  ].join('\n');
}
