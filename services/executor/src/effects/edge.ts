import type { Ports } from '@novacron/kernel';
import type { EffectContext, Secrets, ServiceLog } from '@novacron/service';
import type { StartAttempt, StopAttempt } from '../domain/attempt/messages.ts';
import { Agents } from './agents.ts';
import { AttemptEffects } from './attempt-effects.ts';
import { OpenAttempts } from './open-attempts.ts';
import { Orders } from './orders.ts';
import { Results } from './results.ts';
import { Silence } from './silence.ts';

export interface ExecutorEdgeParts {
  readonly log: ServiceLog;
  readonly ports: Ports;
  readonly secrets: Secrets;
  warn(problem: object, text: string): void;
}

/** The executor's edge, put together: orders out of the log, agents' frames into it. */
export function executorEdge({ log, ports, secrets, warn }: ExecutorEdgeParts) {
  const attempts = new OpenAttempts(ports);
  const orders = new Orders(log, ports, secrets);
  const results = new Results(log, ports, attempts, warn);
  const silence = new Silence(log, ports, attempts);
  const agents = new Agents({ log, secrets, attempts, orders, results, silence, timers: ports.timers, now: () => ports.clock.monotonic() });
  const driven = new AttemptEffects(log, ports, attempts, orders, results);
  const effects = {
    StartAttempt: (order: StartAttempt, context: EffectContext) => driven.start(order, context),
    StopAttempt: (order: StopAttempt, context: EffectContext) => driven.stop(order, context),
  };
  return { attempts, results, silence, agents, effects };
}
