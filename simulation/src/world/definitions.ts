import { definition as executor } from '@novacron/executor';
import { definition as fleet } from '@novacron/fleet';
import { definition as gateway } from '@novacron/gateway';
import type { ServiceDefinition } from '@novacron/kernel';
import { definition as notifier } from '@novacron/notifier';
import { definition as registry } from '@novacron/registry';
import { definition as resolver } from '@novacron/resolver';
import { definition as scheduler } from '@novacron/scheduler';
import { definition as triggers } from '@novacron/triggers';

/** All eight, in the order in which a process hosts them. */
export const definitions = [gateway, triggers, resolver, scheduler, fleet, executor, registry, notifier] as unknown as readonly ServiceDefinition[];
