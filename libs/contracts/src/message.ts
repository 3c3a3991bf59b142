import type { Address, Message } from '@novacron/kernel';
import { z } from 'zod';

export const SERVICES = ['gateway', 'triggers', 'resolver', 'scheduler', 'fleet', 'executor', 'registry', 'notifier'] as const;
export type ServiceName = (typeof SERVICES)[number];

export interface MessageSpec<Shape extends z.ZodRawShape = z.ZodRawShape> {
  readonly type: string;
  readonly version: number;
  readonly said: ServiceName;
  /** What the key of the saying partition is. */
  readonly keyed: string;
  readonly schema: z.ZodObject<Shape>;
  /** To whom the event is addressed: evaluated by the writer only, recorded in its commit. */
  readonly to: (event: never) => readonly Address[];
  readonly summary: string;
}

/** Every public message by its type. */
export const messages = new Map<string, MessageSpec>();

interface Options<T> {
  readonly said: ServiceName;
  readonly summary: string;
  readonly version?: number;
  readonly to?: (event: T) => readonly Address[];
}

const KEYS: Record<ServiceName, string> = {
  gateway: 'workspace', triggers: 'workspace', resolver: 'workflow or run', scheduler: 'pool',
  fleet: 'pool', executor: 'run', registry: 'model', notifier: 'workspace',
};

/** Declares a public message; its TypeScript type is `Of<typeof X>`. */
export function message<Type extends string, Shape extends z.ZodRawShape>(
  type: Type, shape: Shape, options: Options<z.output<z.ZodObject<Shape>>>,
) {
  const schema = z.object({ type: z.literal(type), ...shape });
  const spec = { type, version: options.version ?? 1, said: options.said, keyed: KEYS[options.said], schema, to: (options.to ?? nobody) as never, summary: options.summary };
  messages.set(type, spec as unknown as MessageSpec);
  return spec as typeof spec & { readonly schema: typeof schema };
}

/** The type of a declared message. */
export type Of<S extends { readonly schema: z.ZodType }> = z.output<S['schema']>;

const nobody = (): Address[] => [];

/** To whom an event is addressed, by its declaration; private events go to nobody. */
export function addressesOf(event: Message): readonly Address[] {
  return messages.get(event.type)?.to(event as never) ?? NONE;
}
const NONE: readonly Address[] = [];

/** The outcome of a command goes back to the workspace that asked. */
export function toAsker(event: { command?: string | undefined; workspace: string }): Address[] {
  return event.command ? [{ service: 'gateway', key: event.workspace }] : [];
}

/** Whom each service listens to; a message addressed past this table is a mistake of the contract, caught by its test. */
export const HEARS: Readonly<Record<ServiceName, readonly ServiceName[]>> = {
  gateway: ['triggers', 'resolver', 'scheduler', 'fleet', 'registry', 'notifier'],
  triggers: ['gateway', 'resolver', 'registry'],
  resolver: ['gateway', 'triggers', 'resolver', 'scheduler', 'executor', 'registry'],
  scheduler: ['gateway', 'resolver', 'scheduler', 'fleet', 'executor'],
  fleet: ['gateway', 'scheduler'],
  executor: ['scheduler'],
  registry: ['gateway', 'triggers', 'resolver'],
  notifier: ['gateway', 'triggers', 'resolver', 'registry'],
};
