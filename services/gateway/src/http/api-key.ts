import type { Random } from '@novacron/kernel';

/** How much of a key is kept readable, so that people can tell their keys apart. */
export const PREFIX_LENGTH = 10;

/** 256 random bits. */
export const newKey = (random: Random): string => `nvk_${Buffer.from(random.bytes(32)).toString('base64url')}`;

export const looksLikeKey = (text: string): boolean => /^nvk_[\w-]{43}$/.test(text);
