/** Which seeds are large: 1 in 500 of a CI run, 1 in 200 of the full one. */
export const sizeOf = (seed: number, full: boolean): 'small' | 'large' => (seed % (full ? 200 : 500) === 7 ? 'large' : 'small');
