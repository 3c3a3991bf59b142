/** Settings of the gateway, from the environment. */
export interface GatewayConfig {
  /** Requests a second that one key may make, on average; bursts may be twice that. */
  readonly keyRate: number;
  /** Unauthenticated requests a second from one address. */
  readonly strangerRate: number;
  /** Where agents reach fleet and executor, when not in this process. */
  readonly fleet: readonly string[];
  readonly executor: readonly string[];
}

export function gatewayConfig(env: Readonly<Record<string, string | undefined>>): GatewayConfig {
  return {
    keyRate: positive(env, 'NOVACRON_KEY_RATE', 5_000),
    strangerRate: positive(env, 'NOVACRON_STRANGER_RATE', 50),
    fleet: addresses(env['NOVACRON_FLEET_URL']),
    executor: addresses(env['NOVACRON_EXECUTOR_URL']),
  };
}

function positive(env: Readonly<Record<string, string | undefined>>, name: string, otherwise: number): number {
  const value = Number(env[name] ?? otherwise);
  if (!(value > 0)) throw new Error(`${name} must be a number above 0, not "${env[name]}"`);
  return value;
}

const addresses = (list: string | undefined): string[] => (list ?? '').split(',').map((url) => url.trim().replace(/\/$/, '')).filter(Boolean);
