/** Said by a workflow to itself only: the run has ended and no longer counts. */
export type RunLeft = { type: 'RunLeft'; workspace: string; workflow: string; run: string; outcome: 'succeeded' | 'failed' | 'cancelled' };
export type AdmissionForgotten = { type: 'AdmissionForgotten'; run: string };
export type OccasionForgotten = { type: 'OccasionForgotten'; occasion: string };

/** Timers. */
export type AdmissionExpired = { type: 'AdmissionExpired'; run: string };
export type OccasionExpired = { type: 'OccasionExpired'; occasion: string };
