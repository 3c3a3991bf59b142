import type * as C from '@novacron/contracts';
import { placeOf, type Commit } from './reading.ts';
import type { Report, Rule } from './rule.ts';

interface Node {
  capacity: C.Capacity;
  present: boolean;
  placeable: boolean;
  readonly held: Map<string, Held>;
}
interface Held {
  readonly workspace: string;
  readonly cpu: number;
  readonly memory: number;
  readonly gpus: readonly number[];
  readonly node: string;
  lost: boolean;
}
type Mark = { readonly run: string; readonly task: string; readonly attempt: number };
type Limit = C.QuotaSet['limit'];

const idOf = ({ run, task, attempt }: Mark): string => `${run}/${task}/${attempt}`;
/** Cores are summed in whole thousandths: fractions drift. */
const milli = (cores: number): number => Math.round(cores * 1_000);
const OUTCOMES: Readonly<Record<string, string>> = { AttemptSucceeded: 'succeeded', AttemptFailed: 'failed', AttemptCancelled: 'cancelled', AttemptLost: 'lost' };

/** Invariant 4: what is placed never exceeds a node's capacity or a workspace's quota, folded from the pool's own events; places come back only with an ending or an inventory. */
export function capacity(report: Report): Rule {
  const nodes = new Map<string, Node>();
  const placed = new Map<string, Held>();
  const limits = new Map<string, Limit>();
  const used = new Map<string, { cpu: number; memory: number; gpu: number }>();
  const endings = new Map<string, string>();

  function joined(event: C.NodeJoined): void {
    const id = `${event.pool}/${event.node}`;
    const known = nodes.get(id);
    nodes.set(id, { held: known?.held ?? new Map(), capacity: event.capacity, placeable: event.placeable, present: true });
  }

  function left(event: C.NodeLeft): void {
    const node = nodes.get(`${event.pool}/${event.node}`);
    if (!node) return;
    node.present = false;
    for (const [id, held] of node.held) if (held.lost) free(id);
  }

  function free(id: string): void {
    const held = placed.get(id);
    if (!held) return;
    placed.delete(id);
    nodes.get(held.node)?.held.delete(id);
  }

  function place(event: C.TaskPlaced, commit: Commit): void {
    const id = idOf(event);
    const at = `${event.pool}/${event.node}`;
    const node = nodes.get(at);
    if (!node?.present || !node.placeable) return report(placeOf(commit), `${id} is placed on ${at}, where nothing may be placed`);
    const held: Held = { workspace: event.workspace, cpu: milli(event.resources.cpu), memory: Math.ceil(event.resources.memory), gpus: event.gpus, node: at, lost: false };
    checkGpus(node, event, commit);
    placed.set(id, held);
    node.held.set(id, held);
    checkNode(node, at, commit);
    charge(event, held, commit);
  }

  function checkGpus(node: Node, { gpus, resources, node: name, ...mark }: C.TaskPlaced, commit: Commit): void {
    if (gpus.length !== Math.ceil(resources.gpu)) report(placeOf(commit), `${idOf(mark)} asks for ${resources.gpu} GPUs and gets ${gpus.length}`);
    const taken = new Set([...node.held.values()].flatMap((held) => held.gpus));
    for (const index of gpus) {
      const gpu = node.capacity.gpus.find((one) => one.index === index);
      if (!gpu) report(placeOf(commit), `${idOf(mark)} gets GPU ${index} of ${name}, which has none such`);
      else if (resources.gpuType !== undefined && gpu.type !== resources.gpuType) report(placeOf(commit), `${idOf(mark)} asks for ${resources.gpuType} and gets ${gpu.type}`);
      if (taken.has(index)) report(placeOf(commit), `${idOf(mark)} gets GPU ${index} of ${name}, which is held`);
    }
  }

  function checkNode(node: Node, name: string, commit: Commit): void {
    let cpu = 0;
    let memory = 0;
    for (const held of node.held.values()) {
      cpu += held.cpu;
      memory += held.memory;
    }
    if (cpu > milli(node.capacity.cpu)) report(placeOf(commit), `${name} has ${node.capacity.cpu} cores, and ${cpu / 1_000} are placed there`);
    if (memory > node.capacity.memory) report(placeOf(commit), `${name} has ${node.capacity.memory} MiB, and ${memory} are placed there`);
  }

  function charge({ pool, workspace }: C.TaskPlaced, { cpu, memory, gpus }: Held, commit: Commit): void {
    const id = `${pool}/${workspace}`;
    const sum = used.get(id) ?? { cpu: 0, memory: 0, gpu: 0 };
    used.set(id, { cpu: sum.cpu + cpu, memory: sum.memory + memory, gpu: sum.gpu + gpus.length });
    const limit = limits.get(id);
    if (!limit) return;
    const now = used.get(id)!;
    const over = (asked: number, has: number, most: number | null): boolean => asked > 0 && most !== null && has > most;
    if (over(cpu, now.cpu, limit.cpu === null ? null : milli(limit.cpu)) || over(memory, now.memory, limit.memory) || over(gpus.length, now.gpu, limit.gpu)) {
      report(placeOf(commit), `${workspace} holds ${now.cpu / 1_000} cores, ${now.memory} MiB and ${now.gpu} GPUs of ${pool}, over its quota ${JSON.stringify(limit)}`);
    }
  }

  function release(event: C.TaskReleased, commit: Commit): void {
    const id = idOf(event);
    const held = placed.get(id);
    if (!held) return report(placeOf(commit), `${id} is released, and holds nothing`);
    if (endings.get(id) !== event.outcome) report(placeOf(commit), `${id} is released as ${event.outcome}, and the executor says ${endings.get(id) ?? 'nothing of its end'}`);
    const sum = used.get(`${event.pool}/${held.workspace}`)!;
    used.set(`${event.pool}/${held.workspace}`, { cpu: sum.cpu - held.cpu, memory: sum.memory - held.memory, gpu: sum.gpu - held.gpus.length });
    if (event.outcome === 'lost' && nodes.get(held.node)!.present) held.lost = true;
    else free(id);
  }

  return {
    events: {
      NodeJoined: joined, NodeLeft: left, TaskPlaced: place, TaskReleased: release,
      QuotaSet: ({ pool, grantee, limit }: C.QuotaSet) => void limits.set(`${pool}/${grantee}`, limit),
      ...Object.fromEntries(Object.keys(OUTCOMES).map((type) => [type, (event: Mark) => void endings.set(idOf(event), OUTCOMES[type]!)])),
    },
    commit(commit, answered) {
      if (commit.topic !== 'scheduler') return;
      for (const event of commit.events as readonly { type: string; node: string; freed: readonly string[] }[]) {
        if (event.type !== 'InventoryTaken') continue;
        const told = answered.map((each) => each.event).find(({ type, node }) => type === 'NodeRegistered' && node === event.node) as C.NodeRegistered | undefined;
        for (const id of event.freed) {
          if (!told || told.attempts.includes(id)) report(placeOf(commit), `the place of the lost attempt ${id} is given back, and no inventory of ${event.node} says that it is gone`);
          free(id);
        }
      }
    },
    end() {
      for (const [id, { node, lost }] of placed) if (lost) report(node, `the place of the lost attempt ${id} was never given back`);
    },
    open: () => [...placed.values()].filter(({ lost }) => lost).length,
  };
}
