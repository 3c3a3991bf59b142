import { readFileSync } from 'node:fs';
import { SERVICES } from '../system.mjs';
import { expect } from './world.mjs';

const ALERTS = new URL('../../deploy/prometheus/alerts.yml', import.meta.url);

/** Names of NovaCron's metrics in the text, without the ones that Prometheus makes itself. */
const namesIn = (text) => new Set(text.match(/\bnovacron_[a-z0-9_]+/g));

export const metrics = {
  async 'metrics: what the alert rules ask for is what the services expose'({ system }) {
    const pages = await Promise.all(SERVICES.map((name) => fetch(`${system.urlOf(name)}/metrics`).then((page) => page.text())));
    const exposed = new Set(pages.flatMap((page) => [...page.matchAll(/^# HELP (\S+)/gm)].map(([, name]) => name)));
    const missing = [...namesIn(readFileSync(ALERTS, 'utf8'))].filter((name) => !exposed.has(name));
    expect(missing.length === 0, `no service exposes ${missing.join(', ')}`);
  },
};
