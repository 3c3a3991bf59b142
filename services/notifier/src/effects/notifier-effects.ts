import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { PORTS, SECRETS, SETTINGS, type Ports, type Secrets, type Settings } from '@novacron/service';
import { configOf } from '../config.ts';
import type { Deliver } from '../domain/delivery/messages.ts';
import { Deliveries } from './deliver.ts';

/** The notifier's edge: its one effect. */
@Injectable()
export class NotifierEffects implements BeforeApplicationShutdown {
  private readonly deliveries: Deliveries;

  readonly Deliver = (effect: Deliver) => this.deliveries.effects.Deliver(effect);

  constructor(@Inject(PORTS) ports: Ports, @Inject(SECRETS) secrets: Secrets, @Inject(SETTINGS) settings: Settings) {
    this.deliveries = new Deliveries(secrets, { ports, allow: configOf(settings).allow });
  }

  beforeApplicationShutdown(): void {
    this.deliveries.close();
  }
}
