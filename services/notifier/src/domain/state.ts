import { table, type View } from '@novacron/kernel';
import type { Delivery } from './delivery/state.ts';
import { inWorkspace, type Destination } from './destination/state.ts';

export const schema = { destination: table<Destination>({ inWorkspace }), delivery: table<Delivery>() };
export type NotifierView = View<typeof schema>;
