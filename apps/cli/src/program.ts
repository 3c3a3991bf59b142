import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { addAudit } from './commands/audit.ts';
import { addDestination } from './commands/destination.ts';
import { addExplain } from './commands/explain.ts';
import { addInit } from './commands/init.ts';
import { addKey } from './commands/key.ts';
import { addLocal } from './commands/local.ts';
import { addLog } from './commands/log.ts';
import { addLogs } from './commands/logs.ts';
import { addModel } from './commands/model.ts';
import { addNode } from './commands/node.ts';
import { addQuestions } from './commands/queue.ts';
import { addQuota } from './commands/quota.ts';
import { addRetry, addRun } from './commands/run.ts';
import { addState } from './commands/state.ts';
import { addStatus } from './commands/status.ts';
import { addTrigger } from './commands/trigger.ts';
import { addSubmit, addWorkflow } from './commands/workflow.ts';
import { addWorkspace } from './commands/workspace.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { CLONE } from './find-server.ts';
import { Invocation } from './invocation.ts';
import type { Io } from './io.ts';
import { report } from './report.ts';

const COMMANDS = [
  addLocal, addInit, addStatus, addState, addSubmit, addRun, addWorkflow, addModel, addTrigger, addDestination, addWorkspace, addKey, addNode, addQuota, addQuestions, addAudit, addLog, addLogs, addRetry, addExplain,
];

/** Runs one command line; resolves to the exit code, never rejects. */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  const program = new Command('novacron').description('Workflows of several teams, their models and machines. Runs against a server that npm start brings up.');
  const { version } = JSON.parse(readFileSync(join(CLONE, 'package.json'), 'utf8')) as { version: string };
  program.version(version).exitOverride().configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text), outputError: (text, write) => write(`${text.trimEnd()}\n  [Usage] npx novacron explain Usage\n`) });
  const invocation = new Invocation(program, io);
  for (const add of COMMANDS) add(program, invocation);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return invocation.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return report(error, io);
  }
}
