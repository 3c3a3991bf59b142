import type { Role } from '@novacron/contracts';

const ROLES: readonly Role[] = ['viewer', 'operator', 'author', 'admin'];

/** Every role may do what the ones before it may: viewer < operator < author < admin. */
export const allows = (held: Role, needed: Role): boolean => ROLES.indexOf(held) >= ROLES.indexOf(needed);
