// npm run docs [-- --check]: what can be said from the code is written by the code. --check writes nothing and exits 1 when a document is stale.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ensure from './ensure.cjs';
import { hearsAndSays, unanswered } from './docs/hears-says.mjs';
import { messagesPage } from './docs/messages.mjs';
import { apiPage } from './docs/api.mjs';
import { deadPaths } from './docs/dead-paths.mjs';

const START = '<!-- hears-says:start -->';
const END = '<!-- hears-says:end -->';
const NOTE = '<!-- Written by `npm run docs`; change the code instead. -->';

ensure.ensure();
const built = (file) => import(pathToFileURL(join(ensure.root, file)).href);
const contracts = await built('libs/contracts/dist/index.js');
const gateway = await built('services/gateway/dist/index.js');
const reactions = {};
for (const name of contracts.SERVICES) reactions[name] = Object.keys((await built(`services/${name}/dist/index.js`)).definition.reactions);

const faults = contracts.SERVICES.flatMap((name) => unanswered(contracts, name, reactions[name]));

/** path -> text as it should be. */
const pages = new Map([
  ['docs/messages.md', `${NOTE}\n${messagesPage(contracts)}`],
  ['docs/api.md', `${NOTE}\n${apiPage(gateway.routes)}`],
  ['docs/openapi.json', `${JSON.stringify(gateway.openApi(gateway.routes), null, 2)}\n`],
]);
for (const name of contracts.SERVICES) {
  const path = `services/${name}/README.md`;
  const text = textOf(path);
  if (text === undefined) faults.push(`${path} is missing: say there what the service decides, then run npm run docs.`);
  else pages.set(path, withSection(text, hearsAndSays(contracts, name, reactions[name])));
}
faults.push(...deadPaths(ensure.root));
for (const fault of faults) console.error(fault);
const stale = [...pages].filter(([path, text]) => textOf(path) !== text).map(([path]) => path);
if (process.argv.includes('--check')) {
  for (const path of stale) console.error(`${path} is stale: run npm run docs and commit it.`);
  if (stale.length === 0) console.log(`${pages.size} documents are up to date.`);
  process.exit(stale.length + faults.length > 0 ? 1 : 0);
}
for (const path of stale) {
  mkdirSync(dirname(join(ensure.root, path)), { recursive: true });
  writeFileSync(join(ensure.root, path), pages.get(path));
  console.log(`wrote ${path}`);
}
process.exit(faults.length > 0 ? 1 : 0);

function textOf(path) {
  return existsSync(join(ensure.root, path)) ? readFileSync(join(ensure.root, path), 'utf8') : undefined;
}

/** The text with its generated part replaced, or appended where there is none yet. */
function withSection(text, section) {
  const part = `${START}\n${NOTE}\n${section}${END}`;
  const [from, to] = [text.indexOf(START), text.indexOf(END)];
  return from < 0 || to < from ? `${text.trimEnd()}\n\n## Hears and says\n${part}\n` : text.slice(0, from) + part + text.slice(to + END.length);
}
