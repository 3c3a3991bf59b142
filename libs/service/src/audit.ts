import { appendFile, mkdir } from 'node:fs/promises';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICES } from '@novacron/contracts';
import type { Ports } from '@novacron/kernel';
import { Notary, signerOf, type HeadStore, type Host, type HostLog, type LogDriver, type Signer } from '@novacron/log';
import type { Settings } from './api.ts';
import { ownerFile } from './owner-file.ts';

const MINUTE_MS = 60_000;
/** A commit is signed after so many minutes at the latest, unless NOVACRON_AUDIT_MINUTES says otherwise. */
const WITHIN_MINUTES = 5;

/**
 * The installation's key for signed heads, made at first start: `<data>/secrets/audit.key`, 0600. Its public half lies beside the data as
 * `<data>/audit.pub`, for whoever checks.
 */
export function openSigner({ dataDir }: Pick<Settings, 'dataDir'>, random: Ports['random']): Signer {
  const signer = signerOf(Buffer.from(ownerFile(join(dataDir, 'secrets', 'audit.key'), () => Buffer.from(random.bytes(32)).toString('hex'), random), 'hex'));
  const shown = join(dataDir, 'audit.pub');
  if (!existsSync(shown)) {
    writeFileSync(shown, signer.publicKey.pem, { mode: 0o644 });
    chmodSync(shown, 0o644);
  }
  return signer;
}

interface Parts {
  readonly settings: Settings;
  readonly host: Host;
  readonly driver: LogDriver;
  readonly heads: HeadStore;
  readonly signer: Signer;
  readonly ports: Ports;
  readonly log: HostLog;
}

/** Signs the heads of this process's partitions; NOVACRON_AUDIT_EXPORT names a directory to whose `heads.jsonl` every line is appended. */
export function notaryOf({ settings: { env }, ...parts }: Parts): Notary {
  const minutes = Number(env['NOVACRON_AUDIT_MINUTES'] ?? WITHIN_MINUTES);
  if (!(minutes > 0)) throw new Error(`NOVACRON_AUDIT_MINUTES must be a number above 0, not "${env['NOVACRON_AUDIT_MINUTES']}"`);
  const directory = env['NOVACRON_AUDIT_EXPORT'];
  return new Notary({ ...parts, topics: SERVICES, within: minutes * MINUTE_MS, ...(directory && { exported: (lines) => exportTo(directory, lines) }) });
}

/** One write for all lines: processes that append to the same file do not tear each other's lines. */
async function exportTo(directory: string, lines: readonly string[]): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await appendFile(join(directory, 'heads.jsonl'), lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
}
