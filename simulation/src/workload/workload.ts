import type { Dice } from '../dice.ts';
import type { ClientPort, ClientScript, MakeWorkload, Workload, WorkloadLimits } from '../seam.ts';
import { Caller, type Identity } from './caller.ts';
import { Closing } from './closing.ts';
import { startRun } from './commands.ts';
import { startsAtOnce } from './large.ts';
import { OperatorClient } from './operator-client.ts';
import { plan, type Plan, type Team } from './plan.ts';
import { prepare, ROOT_KEY, SECRETS } from './preparing.ts';
import { TeamClient } from './team-client.ts';
import { userCode } from './user-code.ts';

const MINUTE = 60_000;
/** Retries, timeouts, backoffs and the longest user code of what is still under way, one after the other. */
const BOUND = 60 * MINUTE;
const PREPARING = 'first';

/** Several teams and the people who run the installation, all at once; the last of them tidies up. */
export const makeWorkload: MakeWorkload = (dice, limits) => {
  const planned = plan(dice.fork('plan'), limits.size);
  const code = userCode(dice.fork('code').int(2 ** 31));
  return {
    size: limits.size, nodes: planned.nodes, secrets: SECRETS, bound: BOUND, userCode: code, receive,
    clients: clientsOf(dice.fork('clients'), planned, limits),
  };
};

/** Calm ones take everything, busy ones fail twice or thrice, what is gone says so. */
const receive: Workload['receive'] = (url, delivery, n) => {
  const { host } = new URL(url);
  const takes = 20 + (delivery.length * 37 + n * 11) % 400;
  if (host.startsWith('gone.')) return { status: 410, takes };
  return { status: host.startsWith('busy.') && n < 2 ? 503 : 200, takes };
};

function clientsOf(dice: Dice, planned: Plan, limits: WorkloadLimits): ClientScript[] {
  const ready = signal<Prepared>();
  const closing = new Closing();
  const steps = (): number => Math.min(limits.steps ?? Infinity, dice.tail(2, 10));
  const others = [
    ...planned.teams.flatMap((team) => Array.from({ length: dice.pick([1, 1, 1, 2]) }, (_, i) => member(`${team.name}${i}`, team, planned, closing, steps(), ready.given))),
    operator(planned, closing, Math.min(limits.steps ?? Infinity, dice.tail(2, 6)), ready.given),
    ...(limits.size === 'large' ? [starter(planned, ready.given)] : []),
  ].slice(0, limits.clients ?? Infinity);
  const done = others.map(() => signal<void>());
  const scripts = others.map(({ name, run }, i) => ({ name, run: (port: ClientPort) => run(port).then(() => done[i]!.give()) }));
  const first = {
    name: PREPARING,
    run: async (port: ClientPort) => {
      const caller = await Caller.first(port, ROOT_KEY);
      ready.give({ root: caller, keys: await prepare(caller, port.dice, planned, closing) });
      await Promise.all(done.map(({ given }) => given));
      await closing.close(caller);
    },
  };
  return [first, ...scripts];
}

interface Prepared {
  /** Who may do everything. */
  readonly root: Caller;
  /** Keys of each team. */
  readonly keys: ReadonlyMap<string, readonly Identity[]>;
}
type Ready = Promise<Prepared>;

function member(name: string, team: Team, planned: Plan, closing: Closing, steps: number, ready: Ready): ClientScript {
  return {
    name,
    run: async (port) => {
      const { root, keys } = await ready;
      const own = keys.get(team.name)?.[0];
      // Some act with their team's key, some for the whole installation: only an admin may grant.
      const client = new TeamClient(own && port.dice.chance(0.3) ? new Caller(port, own) : root.with(port), team, planned, closing);
      await inTurn(port, steps, () => client.step());
    },
  };
}

function operator(planned: Plan, closing: Closing, steps: number, ready: Ready): ClientScript {
  return {
    name: 'operator',
    run: async (port) => {
      const { root, keys } = await ready;
      const client = new OperatorClient(root.with(port), planned, keys, closing);
      await inTurn(port, steps, () => client.step());
    },
  };
}

/** Starts the large workflow, up to a thousand times at once. */
function starter({ teams }: Plan, ready: Ready): ClientScript {
  return {
    name: 'starter',
    run: async (port) => {
      const caller = (await ready).root.with(port);
      const [{ name, workflows }] = teams as readonly [Team];
      const wish = startRun(name, 'large', {});
      await Promise.all(Array.from({ length: startsAtOnce(port.dice, workflows.at(-1)!) }, () => caller.ask(wish)));
    },
  };
}

async function inTurn(port: ClientPort, steps: number, step: () => Promise<void>): Promise<void> {
  for (let i = 0; i < steps; i++) {
    await port.wait(port.dice.tail(1_000, 30_000));
    await step();
  }
}

function signal<T>(): { readonly given: Promise<T>; readonly give: (value: T) => void } {
  let give!: (value: T) => void;
  const given = new Promise<T>((resolve) => void (give = resolve));
  return { given, give };
}
