import { instanceOf, SERVICES } from '../e2e/system.mjs';

const STANDALONE = 'apps/standalone/dist/services.js';
const together = (name) => ({ name, services: SERVICES, program: STANDALONE });

/** Every service as two processes, so that one takes over from the other: sixteen processes, or two that host all eight. */
export const TOPOLOGIES = {
  apart: [...SERVICES.map((service) => instanceOf(service)), ...SERVICES.map((service) => instanceOf(service, `${service}-2`))],
  together: [together('services'), together('services-2')],
};

export const hosts = (service) => ({ services }) => services.includes(service);
