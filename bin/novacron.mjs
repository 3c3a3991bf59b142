#!/usr/bin/env node
// Without dependencies, and without syntax that an old Node cannot read: it must get as far as the sentence that names the Node needed.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

const main = new URL('../apps/cli/dist/main.js', import.meta.url);
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`novacron: needs Node 20.19 or later, this is ${process.versions.node}. Install a current one from https://nodejs.org or with your version manager.`);
  process.exitCode = 1;
} else {
  if (!existsSync(main)) {
    console.error('novacron: not built yet; installing and building once.');
    // What it says goes to stderr: stdout belongs to the command.
    console.log = console.error;
    createRequire(import.meta.url)('../scripts/ensure.cjs').ensure();
  }
  import(main.href);
}
