import { execFileSync, spawnSync } from 'node:child_process';

const NETWORK = '10.77.0';
/** Where PostgreSQL, the receiver and the front are reached from every namespace. */
export const HUB = `${NETWORK}.1`;

const run = (...command) => execFileSync(command[0], command.slice(1), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** What a command that failed said first, in one line. */
export const reasonOf = ({ stderr, message }) => String(stderr ?? '').trim().split('\n')[0] || message;

/** Why there can be no network namespaces here; undefined where there can. */
export function whyNoNetwork() {
  if (process.platform !== 'linux') return `network namespaces are Linux's, this is ${process.platform}`;
  if (process.getuid() !== 0) return 'network namespaces need root';
  for (const [command, ...args] of [['ip', '-V'], ['nft', '--version'], ['nsenter', '--version']]) {
    if (spawnSync(command, args).status !== 0) return `the program ${command} is not in PATH (Debian: iproute2, nftables, util-linux, in /usr/sbin and /usr/bin)`;
  }
  return undefined;
}

/** A bridge in a namespace of its own, and one namespace on it for each process; the machine's own network is on it with one address. */
export class Network {
  #names = new Map();

  constructor(names) {
    const why = whyNoNetwork();
    if (why) throw new Error(`--fault net cannot run: ${why}`);
    this.id = `nc${process.pid}`;
    this.undo = () => this.close();
    process.on('exit', this.undo);
    try {
      this.#make(names);
    } catch (error) {
      this.close();
      throw new Error(`--fault net cannot run: this machine refuses network namespaces or links between them (root without CAP_SYS_ADMIN or CAP_NET_ADMIN?): ${reasonOf(error)}`);
    }
  }

  #make(names) {
    run('ip', 'netns', 'add', this.id);
    this.#inside(this.id, 'ip', 'link', 'add', 'hub', 'type', 'bridge');
    this.#inside(this.id, 'ip', 'link', 'set', 'hub', 'up');
    this.#attach('root', undefined, HUB);
    names.forEach((name, n) => this.#attach(name, `${this.id}-${n}`, `${NETWORK}.${10 + n}`));
  }

  /** Places for the processes by name; there PostgreSQL is at the hub. */
  get places() {
    return new Map([...this.#names].map(([name, { namespace, address }]) => [name, {
      prefix: ['nsenter', `--net=/run/netns/${namespace}`], host: address, database: (url) => url.replace('@127.0.0.1:', `@${HUB}:`),
    }]));
  }

  /** Sets what happens to the packets of a process; no rules heal it. */
  cut(name, rules) {
    const table = ['flush ruleset', ...(rules ? ['table inet chaos {', ...rules.map(({ hook, rule }) => `chain ${hook} { type filter hook ${hook} priority 0; ${rule}; }`), '}'] : [])];
    execFileSync('nsenter', [`--net=/run/netns/${this.#names.get(name).namespace}`, 'nft', '-f', '-'], { input: table.join('\n'), stdio: ['pipe', 'ignore', 'pipe'] });
  }

  close() {
    process.off('exit', this.undo);
    for (const namespace of [...[...this.#names.values()].map((each) => each.namespace), this.id]) spawnSync('ip', ['netns', 'delete', namespace]);
    spawnSync('ip', ['link', 'delete', `${this.id}r`]);
    this.#names.clear();
  }

  #attach(name, namespace, address) {
    const [mine, theirs] = [`${this.id}${namespace ? this.#names.size : 'r'}`, `b${namespace ? this.#names.size : 'r'}`];
    run('ip', 'link', 'add', mine, 'type', 'veth', 'peer', 'name', theirs, 'netns', this.id);
    this.#inside(this.id, 'ip', 'link', 'set', 'dev', theirs, 'master', 'hub', 'up');
    if (namespace) {
      run('ip', 'netns', 'add', namespace);
      run('ip', 'link', 'set', 'dev', mine, 'netns', namespace);
      this.#names.set(name, { namespace, address });
      this.#inside(namespace, 'ip', 'link', 'set', 'lo', 'up');
    }
    const within = (...command) => (namespace ? this.#inside(namespace, ...command) : run(...command));
    within('ip', 'address', 'add', `${address}/24`, 'dev', mine);
    within('ip', 'link', 'set', 'dev', mine, 'up');
  }

  #inside(namespace, ...command) {
    return run('nsenter', `--net=/run/netns/${namespace}`, ...command);
  }
}
