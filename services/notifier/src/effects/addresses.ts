import { BlockList, isIP } from 'node:net';

/**
 * Everything that is not a public unicast address: IANA's special-purpose registries (RFC 6890) and what carries an IPv4 address inside
 * an IPv6 one (mapped, compatible, NAT64, 6to4, Teredo), because that would be a way around the rest.
 */
const NOT_PUBLIC_4 = blockList([
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24',
  '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4',
]);
/** A list of its own: a BlockList takes every IPv4 address for its mapped IPv6 form too. */
const NOT_PUBLIC_6 = blockList([
  '::/96', '::ffff:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20', '5f00::/16',
  'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8',
]);

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** NOVACRON_WEBHOOK_ALLOW: `host:port` entries allow exactly that, CIDR entries and addresses every port there. */
export interface AllowList {
  readonly places: ReadonlySet<string>;
  readonly networks: BlockList;
}

export function allowList(text: string): AllowList {
  const places = new Set<string>();
  const networks: string[] = [];
  for (const entry of text.split(/[\s,]+/).filter(Boolean)) {
    if (isIP(entry)) networks.push(`${entry}/${isIP(entry) === 4 ? 32 : 128}`);
    else if (/^[0-9a-f:.]+\/\d+$/i.test(entry)) networks.push(entry);
    else if (/^(\[[0-9a-f:.]+\]|[a-z0-9.-]+):\d{1,5}$/i.test(entry)) places.add(entry.toLowerCase());
    else throw new Error(`NOVACRON_WEBHOOK_ALLOW: "${entry}" is neither host:port nor an address nor a network like 10.1.0.0/16.`);
  }
  return { places, networks: blockList(networks) };
}

/** True where the address is public, or listed. */
export function reachable({ address, family }: Address, allow: AllowList): boolean {
  if (isIP(address) === 0 || isIP(address) !== family) return false;
  const open = family === 4 ? !NOT_PUBLIC_4.check(address, 'ipv4') : !NOT_PUBLIC_6.check(address, 'ipv6');
  return open || listed({ address, family }, allow);
}

export function listed({ address, family }: Address, { networks }: AllowList): boolean {
  return networks.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** `host:port` as the allow list has it. */
export function placeOf(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`;
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    try {
      list.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4');
    } catch {
      throw new Error(`NOVACRON_WEBHOOK_ALLOW: "${network}" is not a network.`);
    }
  }
  return list;
}
