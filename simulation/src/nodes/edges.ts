import { executorEdge } from '@novacron/executor';
import { Agents as FleetAgents } from '@novacron/fleet';
import type { EffectHandlers } from '@novacron/log';
import { Deliveries, PostFailed, type Answer, type Circuit } from '@novacron/notifier';
import type { ServiceLog, Sockets } from '@novacron/service';
import { InboxWatches } from '@novacron/triggers';
import type { Process } from '../time/process.ts';
import type { World } from '../world/world.ts';

export interface Edge {
  readonly effects: EffectHandlers;
  start(): void;
}

interface EdgeParts {
  readonly world: World;
  readonly process: Process;
  readonly log: ServiceLog;
  readonly sockets: Sockets;
}

const NONE: Edge = { effects: {}, start: () => {} };
/** How long a post waits for its receiver, as in production. */
const POST_MS = 10_000;

/** The edge of a service, put together as its module does it; services without one have none here either. */
export function edgeOf(service: string, parts: EdgeParts): Edge {
  switch (service) {
    case 'executor': return executor(parts);
    case 'fleet': return fleet(parts);
    case 'triggers': return triggers(parts);
    case 'notifier': return notifier(parts);
    default: return NONE;
  }
}

function executor({ world, process, log, sockets }: EdgeParts): Edge {
  const { agents, silence, effects } = executorEdge({ log, ports: process.ports, secrets: world.secrets, warn: (problem, text) => world.says(process.name, `warn ${text} ${JSON.stringify(problem)}`) });
  return {
    effects,
    start: () => {
      agents.listen(sockets);
      silence.start();
    },
  };
}

function fleet({ world, process, log, sockets }: EdgeParts): Edge {
  const agents = new FleetAgents(log, sockets, world.secrets, process.ports);
  return { effects: {}, start: () => agents.onModuleInit() };
}

function triggers({ world, process, log }: EdgeParts): Edge {
  const say = (details: object, text?: string) => world.says(process.name, `warn ${text ?? ''} ${JSON.stringify(details)}`);
  const watches = new InboxWatches({ log, ports: process.ports, logger: { warn: say, error: say } as never, root: '/inbox', disk: world.inbox.as(process) });
  return { effects: handlersOf(watches), start: () => {} };
}

function notifier({ world, process }: EdgeParts): Edge {
  const post = (url: URL, headers: Readonly<Record<string, string>>, body: string): Promise<Answer> => new Promise((resolve, reject) => {
    if (!process.alive) return;
    const { status, takes } = world.receive(url.href, headers['webhook-id'] ?? body);
    if (takes >= POST_MS) process.after(POST_MS, 'no answer to a post', () => reject(new PostFailed('no answer within 10 s')));
    else process.after(takes, 'post answered', () => resolve({ status }));
  });
  const deliveries = new Deliveries(world.secrets, { ports: process.ports, allow: { places: new Set(), networks: undefined as never } }, { post, circuit: closedCircuit });
  return { effects: deliveries.effects, start: () => {} };
}

/** opossum keeps its own clock, so it stays outside; what it does is proved by the notifier's specs. */
const closedCircuit = <T>(): Circuit<T> => ({ opened: false, fire: (action) => action(), shutdown: () => {} });

/** The handlers that an object has as its own members, by the names of their effects. */
const handlersOf = (edge: object): EffectHandlers => Object.fromEntries(Object.entries(edge).filter(([, member]) => typeof member === 'function')) as EffectHandlers;
