import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realPorts } from '@novacron/kernel';
import { conformsAsArtifactStore } from '../conformance/artifacts.ts';
import { directoryArtifacts } from './directory.ts';

conformsAsArtifactStore('a directory', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'novacron-artifacts-'));
  const open = () => directoryArtifacts(directory, realPorts().random);
  return { store: open(), other: open(), aside: directory, close: async () => rmSync(directory, { recursive: true }) };
});
