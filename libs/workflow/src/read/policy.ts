import { DEFAULT_RETRY, kindResources, type FailureClass, type Resources, type RetryPolicy, type TaskDefinition } from '@novacron/contracts';
import type { Reader } from '../yaml/fields.ts';
import type { Node } from '../yaml/node.ts';

const CLASSES: readonly FailureClass[] = ['transient', 'permanent', 'data', 'resource'];
const BACKOFF = DEFAULT_RETRY.backoff;

/** `retry: 3` or the whole policy; what it leaves out is 3 attempts more, on transient and resource failures. */
export function readRetry(reader: Reader, node: Node): RetryPolicy {
  if (node.kind === 'scalar') {
    return { ...DEFAULT_RETRY, limit: reader.number(node, 'retry', 0, 100, true) ?? 0 };
  }
  const fields = reader.fields(node, 'retry', ['limit', 'on', 'backoff']);
  const limit = reader.number(fields.get('limit')?.value, 'retry.limit', 0, 100, true) ?? 3;
  const on = fields.has('on') ? readClasses(reader, fields.get('on')?.value as Node) : DEFAULT_RETRY.on;
  return { limit, on, backoff: readBackoff(reader, fields.get('backoff')?.value) };
}

function readClasses(reader: Reader, node: Node): FailureClass[] {
  const nodes = node.kind === 'scalar' ? [node] : reader.items(node, 'retry.on');
  return nodes.flatMap((item) => reader.choice(item, 'a failure class', CLASSES) ?? []);
}

function readBackoff(reader: Reader, node: Node | undefined): RetryPolicy['backoff'] {
  const fields = reader.fields(node, 'retry.backoff', ['initial', 'factor', 'max', 'jitter']);
  const initial = reader.duration(fields.get('initial')?.value, 'backoff.initial') ?? BACKOFF.initial;
  const max = reader.duration(fields.get('max')?.value, 'backoff.max') ?? Math.max(BACKOFF.max, initial);
  if (max < initial) reader.report.error(fields.get('max')?.value as Node, 'backoff.max is shorter than backoff.initial');
  const factor = reader.number(fields.get('factor')?.value, 'backoff.factor', 1, 100) ?? BACKOFF.factor;
  const jitter = reader.number(fields.get('jitter')?.value, 'backoff.jitter', 0, 1) ?? BACKOFF.jitter;
  return { initial, factor, max, jitter };
}

/** `resources: {cpu, memory, gpu}`; what it leaves out is the kind's own share. */
export function readResources(reader: Reader, node: Node, kind: TaskDefinition['kind']): Resources {
  const least = kindResources(kind);
  const fields = reader.fields(node, 'resources', ['cpu', 'memory', 'gpu']);
  const cpu = readCpu(reader, fields.get('cpu')?.value) ?? least.cpu;
  const memory = readMemory(reader, fields.get('memory')?.value) ?? least.memory;
  return { cpu, memory, ...readGpu(reader, fields.get('gpu')?.value) };
}

/** Cores: 2, 0.5 or '500m'. */
function readCpu(reader: Reader, node: Node | undefined): number | undefined {
  const thousandths = node?.kind === 'scalar' && typeof node.value === 'string' ? /^(\d{1,7})m$/.exec(node.value) : null;
  return thousandths === null ? reader.number(node, 'resources.cpu', 0, 10_000) : Number(thousandths[1]) / 1_000;
}

const MEBIBYTES: Readonly<Record<string, number>> = { Ki: 1 / 1024, Mi: 1, Gi: 1024, Ti: 1024 ** 2, MB: 1e6 / 1024 ** 2, GB: 1e9 / 1024 ** 2, TB: 1e12 / 1024 ** 2 };

/** MiB: 512, '512Mi', '2Gi' or '2GB'; rounded up to whole MiB. */
function readMemory(reader: Reader, node: Node | undefined): number | undefined {
  const sized = node?.kind === 'scalar' && typeof node.value === 'string' ? /^(\d{1,9}(?:\.\d+)?) ?(Ki|Mi|Gi|Ti|MB|GB|TB)$/.exec(node.value) : null;
  if (sized !== null) return Math.ceil(Number(sized[1]) * (MEBIBYTES[sized[2] as string] as number));
  if (node?.kind === 'scalar' && typeof node.value === 'string') {
    reader.report.error(node, `'${node.value.slice(0, 40)}' is no amount of memory`, "write MiB as a number, or '512Mi', '2Gi'");
    return undefined;
  }
  return reader.number(node, 'resources.memory', 0, 1e9);
}

function readGpu(reader: Reader, node: Node | undefined): { gpu: number; gpuType?: string } {
  if (node?.kind !== 'map') return { gpu: reader.number(node, 'resources.gpu', 0, 1_024, true) ?? 0 };
  const fields = reader.fields(node, 'resources.gpu', ['count', 'type']);
  const gpu = reader.number(fields.get('count')?.value, 'resources.gpu.count', 0, 1_024, true) ?? 1;
  const gpuType = reader.text(fields.get('type')?.value, 'resources.gpu.type');
  return gpuType === undefined ? { gpu } : { gpu, gpuType };
}
