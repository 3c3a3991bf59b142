/**
 * What a task asks for, in whole units: millicores, MiB, devices. Sums of fractions of a core drift
 * (0.1 + 0.2 is not 0.3), and a pool adds and takes away thousands of times a second.
 */
export interface Ask {
  readonly cpu: number;
  readonly memory: number;
  readonly gpu: number;
  readonly gpuType?: string;
}

export interface Amounts {
  readonly cpu: number;
  readonly memory: number;
  readonly gpu: number;
}

export const NOTHING_USED: Amounts = { cpu: 0, memory: 0, gpu: 0 };

export const millicores = (cores: number): number => Math.round(cores * 1000);
export const cores = (milli: number): number => milli / 1000;

/** Rounds up to a whole unit, so that nobody gets something for nothing. */
export function askOf(resources: { cpu: number; memory: number; gpu: number; gpuType?: string | undefined }): Ask {
  const ask = {
    cpu: whole(millicores(resources.cpu), resources.cpu),
    memory: Math.ceil(atLeastZero(resources.memory)),
    gpu: Math.ceil(atLeastZero(resources.gpu)),
  };
  return resources.gpuType === undefined ? ask : { ...ask, gpuType: resources.gpuType };
}

/** Tasks of one shape are alike for placement: where the first of them does not fit, none does. */
export function shapeOf(pool: string, workspace: string, ask: Ask): string {
  return `${pool}|${workspace}|${ask.cpu}|${ask.memory}|${ask.gpu}|${ask.gpuType ?? ''}`;
}

export function plus(a: Amounts, b: Amounts): Amounts {
  return { cpu: a.cpu + b.cpu, memory: a.memory + b.memory, gpu: a.gpu + b.gpu };
}

export function minus(a: Amounts, b: Amounts): Amounts {
  return { cpu: a.cpu - b.cpu, memory: a.memory - b.memory, gpu: a.gpu - b.gpu };
}

const atLeastZero = (n: number) => (n > 0 ? n : 0);
const whole = (milli: number, asked: number) => (asked > 0 ? Math.max(1, milli) : 0);
