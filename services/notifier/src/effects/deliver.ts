import { unseal, type DestinationTarget, type Secrets } from '@novacron/service';
import type { Deliver, DeliveryAttempted } from '../domain/delivery/messages.ts';
import { slackMessage, webhookMessage, type Formatted } from './formats.ts';
import { circuitBreaker, Lane, NotSent, OPEN_MS, type Circuit } from './lane.ts';
import { post, PostFailed, type Answer, type Posting } from './post.ts';

/** An answer that is not a success; counts as a failure for the circuit. */
class Refused extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(answer.status >= 300 && answer.status < 400 ? `HTTP ${answer.status}: redirects are not followed` : `HTTP ${answer.status}`);
    this.answer = answer;
  }
}

/** How a message leaves, and what guards each destination. */
export interface DeliveryPorts {
  readonly post: typeof post;
  readonly circuit: (name: string, isFault: (error: unknown) => boolean) => Circuit<Answer>;
}

/** Does the effect Deliver: one try to tell one destination. Its outcome never holds what is secret. */
export class Deliveries {
  private readonly lanes = new Map<string, { readonly sealed: string; readonly lane: Lane<Answer> }>();
  private readonly secrets: Secrets;
  private readonly posting: Posting;
  private readonly out: DeliveryPorts;

  readonly effects = { Deliver: (effect: Deliver) => this.deliver(effect) };

  constructor(secrets: Secrets, posting: Posting, out: DeliveryPorts = { post, circuit: circuitBreaker }) {
    this.secrets = secrets;
    this.out = out;
    this.posting = posting;
  }

  async deliver(effect: Deliver): Promise<DeliveryAttempted> {
    const of = { type: 'DeliveryAttempted' as const, delivery: effect.delivery, tries: effect.tries };
    try {
      const { status } = await this.laneOf(effect).run(() => this.send(effect));
      return { ...of, ok: true, sent: true, status };
    } catch (error) {
      if (error instanceof NotSent) return { ...of, ok: false, sent: false, status: 0, error: error.message, retryAfter: OPEN_MS };
      if (error instanceof Refused) return { ...of, ok: false, sent: true, error: error.message, ...error.answer };
      // Any other error is ours, and its text may repeat what is sealed.
      const failed = error instanceof PostFailed ? error : new PostFailed(`the message could not be made (${(error as Error).name}); is the key a whsec_ key?`, true);
      return { ...of, ok: false, sent: true, status: 0, error: failed.message, ...(failed.final && { final: true }) };
    }
  }

  close(): void {
    for (const { lane } of this.lanes.values()) lane.close();
  }

  private async send(effect: Deliver): Promise<Answer> {
    const target = this.open(effect.sealed);
    const { body, headers } = this.format(effect, target);
    const answer = await this.out.post(new URL(target.url), headers, body, this.posting);
    if (answer.status < 200 || answer.status > 299) throw new Refused(answer);
    return answer;
  }

  private format(effect: Deliver, { secret }: DestinationTarget): Formatted {
    if (effect.kind === 'slack') return slackMessage(effect);
    if (secret === undefined) throw new PostFailed('the destination has no key to sign with; add it anew', true);
    return webhookMessage(effect, secret, this.posting.ports.clock.now());
  }

  private open(sealed: string): DestinationTarget {
    let text: string;
    try {
      text = unseal(this.secrets.sealingKey, sealed);
    } catch (error) {
      throw new PostFailed((error as Error).message, true);
    }
    try {
      const target = JSON.parse(text) as DestinationTarget;
      return { ...target, url: new URL(target.url).href };
    } catch {
      // Not with the reason: a JSON or URL error repeats what is sealed.
      throw new PostFailed('the destination\'s URL cannot be read; add it anew', true);
    }
  }

  /** A destination that was added anew starts with a closed circuit. */
  private laneOf({ workspace, destination, sealed }: Deliver): Lane<Answer> {
    const name = `${workspace}/${destination}`;
    const known = this.lanes.get(name);
    if (known?.sealed === sealed) return known.lane;
    known?.lane.close();
    const lane = new Lane(this.out.circuit(name, (error) => !(error instanceof PostFailed && error.final)));
    this.lanes.set(name, { sealed, lane });
    return lane;
  }
}
