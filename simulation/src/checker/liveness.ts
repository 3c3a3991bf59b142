import type * as C from '@novacron/contracts';
import { placeOf, type Commit } from './reading.ts';
import type { Report, Rule } from './rule.ts';

type Mark = { readonly run: string; readonly task: string; readonly attempt: number };

const attemptOf = ({ run, task, attempt }: Mark): string => `${run}/${task}/${attempt}`;

/** One kind of thing: what begins it and what ends it, by event type. */
interface Kind {
  readonly what: string;
  readonly begins: readonly string[];
  readonly ends: readonly string[];
  readonly id: (event: never) => string;
}

const ATTEMPT_ENDINGS = ['AttemptSucceeded', 'AttemptFailed', 'AttemptCancelled', 'AttemptLost'];
const TASK_ENDINGS = ['TaskSucceeded', 'TaskFailed', 'TaskSkipped', 'TaskCancelled'];
const ofRun = ({ run }: { run: string }): string => run;
const ofTask = ({ run, task }: { run: string; task: string }): string => `${run}/${task}`;

const KINDS: readonly Kind[] = [
  { what: 'run', begins: ['RunAdmitted'], ends: ['RunSucceeded', 'RunFailed', 'RunCancelled'], id: ofRun },
  { what: 'task', begins: ['TaskReady', 'TaskWaiting', 'TasksExpanded', 'TaskRetryScheduled'], ends: TASK_ENDINGS, id: ofTask },
  { what: 'attempt in a queue', begins: ['TaskReady'], ends: ['TaskPlaced', 'TaskDequeued'], id: attemptOf },
  { what: 'place of an attempt', begins: ['TaskPlaced'], ends: ['TaskReleased'], id: attemptOf },
  { what: 'attempt', begins: ['TaskPlaced', 'AttemptStarting'], ends: ATTEMPT_ENDINGS, id: attemptOf },
  { what: 'wait for a model', begins: ['AwaitRegistered'], ends: ['ModelAwaitSatisfied', 'ModelAwaitRefused', 'AwaitForgotten'], id: ({ wait }: C.AwaitRegistered) => wait },
  { what: 'delivery', begins: ['DeliveryRequested'], ends: ['DeliverySucceeded', 'DeliveryAbandoned'], id: ({ delivery }: C.DeliveryRequested) => delivery },
  { what: 'command', begins: ['CommandTaken'], ends: ['CommandSettled'], id: ({ command }: { command: string }) => command },
];

/** Invariant 9: when faults have stopped and clients have done asking, everything that began ends. */
export function liveness(report: Report): Rule {
  const events: Record<string, (event: never, commit: Commit) => void> = {};
  const open = KINDS.map(() => new Map<string, string>());

  function handle(type: string, handler: (event: never, commit: Commit) => void): void {
    const before = events[type];
    events[type] = (event, commit) => {
      before?.(event, commit);
      handler(event, commit);
    };
  }

  KINDS.forEach(({ begins, ends, id }, n) => {
    /** Also of what was read before its beginning: that may stand in another partition. */
    const ended = new Set<string>();
    for (const type of begins) {
      handle(type, (event, commit) => {
        const it = id(event);
        // The gateway itself settles what concerns only itself.
        if (type === 'CommandTaken' && (event as { outcome?: object }).outcome !== undefined) return;
        if (!ended.has(it)) open[n]!.set(it, placeOf(commit));
      });
    }
    for (const type of ends) {
      handle(type, (event) => {
        const it = id(event);
        open[n]!.delete(it);
        ended.add(it);
      });
    }
  });

  return {
    events,
    end() {
      KINDS.forEach(({ what }, n) => {
        for (const [id, at] of open[n]!) report(at, `the ${what} ${id} never ended`);
      });
    },
    open: () => open.reduce((sum, { size }) => sum + size, 0),
  };
}
