import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export default function build() {
  const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
  const { status } = spawnSync(process.execPath, [tsc, '-b', fileURLToPath(new URL('tsconfig.json', import.meta.url))], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the agent does not compile');
}
