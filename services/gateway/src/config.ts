/** Settings of the gateway, from the environment. */
export interface GatewayConfig {
  /** Requests a second that one key may make, on average; bursts may be twice that. */
  readonly keyRate: number;
  /** Unauthenticated requests a second from one address. */
  readonly strangerRate: number;
  /** Rows that one moment of the past may have; 1,000 take about 2 MiB, in a process of their own. */
  readonly pastRows: number;
}

export function gatewayConfig(env: Readonly<Record<string, string | undefined>>): GatewayConfig {
  return {
    keyRate: positive(env, 'NOVACRON_KEY_RATE', 5_000),
    strangerRate: positive(env, 'NOVACRON_STRANGER_RATE', 50),
    pastRows: positive(env, 'NOVACRON_PAST_ROWS', 1_000_000),
  };
}

/** What names the log and how it is reached, for a process that gets nothing else of the environment. */
export const logSettings = (env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => /^NOVACRON_(LOG|KAFKA_.*)$/.test(name)));

function positive(env: Readonly<Record<string, string | undefined>>, name: string, otherwise: number): number {
  const value = Number(env[name] ?? otherwise);
  if (!(value > 0)) throw new Error(`${name} must be a number above 0, not "${env[name]}"`);
  return value;
}
