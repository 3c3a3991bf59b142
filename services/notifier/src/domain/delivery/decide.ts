import type { DestinationTestRequested } from '@novacron/contracts';
import { NOTHING, type DecideContext, type Decision, type Message } from '@novacron/kernel';
import { unknownDestination } from '../destination/decide.ts';
import { destinationId, type Destination } from '../destination/state.ts';
import { testNotice, type Notice } from '../notice/notice.ts';
import type { NotifierView } from '../state.ts';
import { delayAfter, LIFE_MS, MOST_TRIES } from './backoff.ts';
import type { Deliver, DeliveryAttempted, DeliveryDue } from './messages.ts';
import type { Delivery } from './state.ts';

/** Answers an event with one delivery per destination of the workspace that wants to be told of it. */
export function telling<M>(noticeOf: (message: M) => Notice | undefined) {
  return (state: NotifierView, message: M, context: DecideContext): Decision => {
    const notice = noticeOf(message);
    if (!notice) return NOTHING;
    const events: Message[] = [];
    const effects: Message[] = [];
    for (const id of state.destination.list('inWorkspace', notice.workspace)) {
      const to = state.destination.get(id)!;
      if (to.disabled === undefined && to.events.includes(notice.event)) tell(to, notice, context, events, effects);
    }
    return { events, effects };
  };
}

export function onDestinationTestRequested(state: NotifierView, m: DestinationTestRequested, context: DecideContext): Decision {
  const to = state.destination.get(destinationId(m));
  if (!to) return { events: unknownDestination(m) };
  const events: Message[] = [];
  const effects: Message[] = [];
  tell(to, testNotice(m.workspace, m.destination, m.actor.name), context, events, effects, m.command);
  return { events, effects };
}

export function onDeliveryAttempted(state: NotifierView, m: DeliveryAttempted, context: DecideContext): Decision {
  const known = state.delivery.get(m.delivery);
  if (!known || !known.trying || m.tries !== known.tries + 1) return NOTHING;
  const tries = m.sent ? m.tries : known.tries;
  const { workspace, destination } = known;
  const of = { workspace, destination, delivery: m.delivery, tries };
  if (m.ok) return { events: [{ type: 'DeliverySucceeded', ...of, status: m.status }] };
  const error = m.error ?? `HTTP ${m.status}`;
  const abandoned: Message = { type: 'DeliveryAbandoned', ...of, error };
  if (m.status === 410) {
    const gone = state.destination.has(destinationId(known));
    return { events: gone ? [abandoned, { type: 'DestinationDisabled', workspace, destination, reason: 'it answered 410 Gone' }] : [abandoned] };
  }
  const at = context.now + Math.max(m.retryAfter ?? 0, delayAfter(m.delivery, m.tries));
  if (m.final || tries >= MOST_TRIES || at > known.requestedAt + LIFE_MS) return { events: [abandoned] };
  const due: DeliveryDue = { type: 'DeliveryDue', delivery: m.delivery };
  return { events: [{ type: 'DeliveryDelayed', ...of, at, error }], timers: [{ id: timerOf(m.delivery), at, message: due }] };
}

export function onDeliveryDue(state: NotifierView, m: DeliveryDue): Decision {
  const known = state.delivery.get(m.delivery);
  if (!known || known.trying) return NOTHING;
  const { workspace, destination, tries } = known;
  const to = state.destination.get(destinationId(known));
  if (!to || to.disabled !== undefined) {
    const error = to ? `the destination is disabled: ${to.disabled}` : 'the destination was removed';
    return { events: [{ type: 'DeliveryAbandoned', workspace, destination, delivery: m.delivery, tries, error }] };
  }
  return { events: [{ type: 'DeliveryRetried', delivery: m.delivery }], effects: [deliver(m.delivery, to, known, known.requestedAt, tries + 1)] };
}

function tell(to: Destination, notice: Notice, context: DecideContext, events: Message[], effects: Message[], command?: string): void {
  const delivery = context.newId();
  const { event, subject, text, payload } = notice;
  events.push({ type: 'DeliveryRequested', ...(command !== undefined && { command }), workspace: to.workspace, destination: to.destination, delivery, event, subject, text, payload });
  effects.push(deliver(delivery, to, notice, context.now, 1));
}

function deliver(delivery: string, to: Destination, what: Pick<Delivery, 'event' | 'subject' | 'text' | 'payload'>, at: number, tries: number): Deliver {
  const { workspace, destination, kind, sealed } = to;
  const { event, subject, text, payload } = what;
  return { type: 'Deliver', delivery, workspace, destination, kind, sealed, event, subject, text, payload, at, tries };
}

const timerOf = (delivery: string) => `delivery/${delivery}`;
