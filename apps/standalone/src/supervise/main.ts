import { fileURLToPath } from 'node:url';
import { run } from './run.ts';

const at = (path: string): string => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));

process.exit(
  await run({
    argv: process.argv.slice(2),
    env: process.env,
    clone: at(''),
    programs: { services: at('apps/standalone/dist/services.js'), agent: at('apps/agent/dist/main.js'), example: at('examples/01-e-commerce/drive.mjs') },
    isTerminal: Boolean(process.stdout.isTTY),
  }),
);
