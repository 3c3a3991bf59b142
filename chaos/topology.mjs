import { instanceOf, SERVICES } from '../e2e/system.mjs';

const STANDALONE = 'apps/standalone/dist/services.js';
const together = (name) => ({ name, services: SERVICES, program: STANDALONE });

const second = (gateways) => SERVICES.filter((service) => service !== 'gateway' || gateways > 1).map((service) => instanceOf(service, `${service}-2`));

/** Every service as two processes, so that one takes over from the other: sixteen processes, or two that host all eight. A single gateway is never killed. */
export const TOPOLOGIES = {
  apart: (gateways) => [...SERVICES.map((service) => instanceOf(service)), ...second(gateways)],
  together: () => [together('services'), together('services-2')],
};
