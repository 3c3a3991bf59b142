import semver from 'semver';

/** Longest version and range that are looked at, in UTF-16 units. */
export const MAX_LENGTH = 256;

/** Why a text is no version number, or undefined. Build metadata has no place in the order, so two builds of one number would be one version. */
export function numberFault(version: string): string | undefined {
  const shown = String(version).slice(0, 40);
  if (typeof version !== 'string' || version.length > MAX_LENGTH || semver.valid(version) === null) return `'${shown}' is no version; write semver such as '1.2.0'`;
  if (semver.valid(version) !== version) return `'${shown}' must be written '${semver.valid(version)}': without a leading v and without build metadata`;
  return undefined;
}

export function rangeOf(range: string): semver.Range | undefined {
  if (typeof range !== 'string' || range.length > MAX_LENGTH) return undefined;
  try {
    return new semver.Range(range);
  } catch {
    return undefined;
  }
}

/** Sort key that puts the highest version first (semver.org section 11, reversed), for indexes that only sort upwards. */
export function highestFirst(version: string): number[] {
  const { major, minor, patch, prerelease } = new semver.SemVer(version);
  const key = [-major, -minor, -patch, prerelease.length === 0 ? 0 : 1];
  for (const part of prerelease) {
    if (typeof part === 'number') key.push(1, -part);
    else key.push(0, ...Array.from({ length: part.length }, (_, i) => -part.charCodeAt(i)), 0);
  }
  // The longer of two lists with the same beginning is the higher one, so the end sorts behind every part.
  return [...key, 2];
}
