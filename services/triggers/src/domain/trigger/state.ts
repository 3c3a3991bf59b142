import type { TriggerDefinition } from '@novacron/contracts';
import { canonical, table, type State, type View } from '@novacron/kernel';

/** A trigger of a workflow; its id in the partition is `workspace/workflow/name`, in public `workflow/name`. */
export interface Trigger {
  readonly workspace: string;
  readonly workflow: string;
  readonly trigger: string;
  readonly definition: TriggerDefinition;
  /** Its workflow says so: it goes when the workflow no longer does. */
  readonly declared: boolean;
  /** Next nominal time of cron and interval, ms since the epoch. */
  readonly nextFireAt?: number;
  /** Of a model trigger: the registration that the registry answers. */
  readonly subscription?: string;
  /** Of a file trigger: the effect that looks into the inbox. */
  readonly watch?: string;
  /** The last conflict that was passed on. */
  readonly conflict?: string;
}

/** An occasion of a file or model trigger that is done with; kept as long as the trigger exists. */
export interface Fired {
  readonly of: string;
}

export const triggerId = ({ workspace, trigger }: { workspace: string; trigger: string }): string => `${workspace}/${trigger}`;
export const firedId = (id: string, occasion: string): string => `${id} ${occasion}`;
export const timerId = (id: string): string => `fire/${id}`;

/** What a trigger listens to; while it stays the same, a changed definition goes on where the old one was. */
export function sourceOf({ kind, cron, timezone, every, path, model, range, compat }: TriggerDefinition): string {
  return canonical({ kind, cron, timezone, every, path, model, range, compat });
}

export const schema = {
  trigger: table<Trigger>({
    byWorkflow: (t) => (t.declared ? [`${t.workspace}/${t.workflow}`, t.trigger] : undefined),
    byInbox: (t) => (t.definition.kind === 'file' ? [t.workspace, t.trigger] : undefined),
    bySubscription: (t) => (t.subscription === undefined ? undefined : [t.subscription]),
  }),
  fired: table<Fired>({ byTrigger: (f) => [f.of] }),
};

export type TriggersState = State<typeof schema>;
export type TriggersView = View<typeof schema>;
