import { canonical } from '@novacron/kernel';
import { Webhook } from 'standardwebhooks';
import type { Deliver } from '../domain/delivery/messages.ts';

export interface Formatted {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Slack's incoming webhook (NO-01): `text` is what notifications show, `blocks` what the channel shows. Slack knows no message id: after a crash it may be told twice. */
export function slackMessage({ subject, text, event, workspace, delivery }: Deliver): Formatted {
  const body = JSON.stringify({
    text: `${escaped(subject)}: ${escaped(text)}`,
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: `*${escaped(subject)}*\n${escaped(text)}` } },
      { type: 'context', elements: [{ type: 'mrkdwn', text: escaped(`${event} · workspace ${workspace} · ${delivery}`) }] },
    ],
  });
  return { body, headers: { 'content-type': 'application/json', 'user-agent': 'novacron' } };
}

/** Standard Webhooks 1.0: the same id and body in every try, so that receivers can drop repeats; signed anew with the time of the try. */
export function webhookMessage({ event, at, subject, text, payload, workspace, delivery }: Deliver, key: string, now: number): Formatted {
  // Canonical, because what comes back from the log has its members in another order than what was just decided.
  const body = canonical({ type: event, timestamp: new Date(at).toISOString(), data: { workspace, subject, text, ...payload } });
  const time = new Date(now);
  return {
    body,
    headers: {
      'content-type': 'application/json', 'user-agent': 'novacron', 'webhook-id': delivery,
      'webhook-timestamp': String(Math.floor(time.getTime() / 1_000)), 'webhook-signature': new Webhook(key).sign(delivery, time, body),
    },
  };
}

/** Slack's three control characters. */
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
