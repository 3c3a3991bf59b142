import { bootstrap, directoryRequested } from './domain/access/decide.ts';
import { command, commandLookup, commandsExpired, settle } from './domain/command/decide.ts';
import { settlingTypes } from './domain/command/outcomes.ts';

/** THE TABLE: what the gateway hears, and who decides it. */
export const reactions = {
  // Asked directly by the edge.
  Command: command,
  CommandLookup: commandLookup,
  DirectoryRequested: directoryRequested,
  Bootstrap: bootstrap,
  // Timer.
  CommandsExpired: commandsExpired,
  // Outcomes, said by every other service and addressed to the workspace that asked.
  ...Object.fromEntries(settlingTypes.map((type) => [type, settle])),
};
