import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { retryOf, resourcesOf, type TaskDefinition, type WorkflowDefinition } from '@novacron/contracts';
import { formatDiagnostic } from './diagnostic.ts';
import { parseDuration } from './duration.ts';
import { evaluateCondition } from './expression/evaluate.ts';
import { graphOf } from './graph.ts';
import { parseWorkflow } from './parse.ts';

const definitionOf = (yaml: string, components?: string): WorkflowDefinition => {
  const result = parseWorkflow({ yaml, ...(components === undefined ? {} : { components }) });
  if (!result.ok) throw new Error(result.diagnostics.map((d) => formatDiagnostic(d, yaml)).join('\n'));
  return result.definition;
};
/** `line:column message | suggestion` of every finding. */
const findings = (yaml: string, components?: string): string[] => {
  const result = parseWorkflow({ yaml, ...(components === undefined ? {} : { components }) });
  return (result.ok ? result.warnings : result.diagnostics).map((d) => `${d.line}:${d.column} ${d.message}${d.suggestion === undefined ? '' : ` | ${d.suggestion}`}`);
};
const taskOf = (definition: WorkflowDefinition, name: string): TaskDefinition => {
  const task = definition.tasks.find((candidate) => candidate.name === name);
  if (task === undefined) throw new Error(`no task ${name}`);
  return task;
};
const spec = (body: string): string => `apiVersion: novacron.io/v1
kind: Workflow
metadata: {name: demo}
spec:
${body}`;
const uses = (name: string, rest = ''): string => `    - {name: ${name}, uses: "./t.mjs#${name.replace(/\W/g, '_')}"${rest}}\n`;

const WP01 = `workflow:
  name: "e-commerce-recommendations"
  modalities:
    - computer_vision:
        model: "resnet50-features"
        input: "product_images/"
        batch_size: 64
    - nlp:
        model: "bert-sentiment"
        input: "reviews.jsonl"
        batch_size: 32
    - tabular:
        model: "xgboost-ensemble"
        input: "user_behavior.csv"
        features: auto
  fusion:
    strategy: "attention-weighted"
    output: "recommendations"
`;
const COMPONENTS = `components:
  resnet50-features: {uses: "./tasks/vision.mjs#features", title: "colour histogram, 24 bins", params: {bins: 24, batch_size: 1}}
  bert-sentiment: {uses: "./tasks/nlp.mjs#sentiment", title: "word list of 40 words"}
  xgboost-ensemble: {uses: "./tasks/tabular.mjs#stumps", title: "boosted stumps"}
  attention-weighted: {uses: "./tasks/fusion.mjs#fuse", title: "softmax-weighted mean"}
`;

describe('the multi-modal form', () => {
  test('WP-01 WP-02 WP-03 the block as quoted becomes three parallel tasks and their join', () => {
    const definition = definitionOf(WP01, COMPONENTS);
    expect(definition.name).toBe('e-commerce-recommendations');
    expect(definition.tasks.map(({ name, title, uses, needs, params }) => ({ name, title, uses, needs, params }))).toEqual([
      { name: 'computer_vision', title: 'colour histogram, 24 bins', uses: './tasks/vision.mjs#features', needs: [], params: { bins: 24, input: 'product_images/', batch_size: 64 } },
      { name: 'nlp', title: 'word list of 40 words', uses: './tasks/nlp.mjs#sentiment', needs: [], params: { input: 'reviews.jsonl', batch_size: 32 } },
      { name: 'tabular', title: 'boosted stumps', uses: './tasks/tabular.mjs#stumps', needs: [], params: { input: 'user_behavior.csv', features: 'auto' } },
      { name: 'fusion', title: 'softmax-weighted mean', uses: './tasks/fusion.mjs#fuse', needs: ['computer_vision', 'nlp', 'tabular'], params: { output: 'recommendations' } },
    ]);
    expect(taskOf(definition, 'fusion').inputs).toEqual({ computer_vision: '${{ tasks.computer_vision.outputs }}', nlp: '${{ tasks.nlp.outputs }}', tabular: '${{ tasks.tabular.outputs }}' });
    expect(definition.outputs).toEqual({ recommendations: '${{ tasks.fusion.outputs }}' });
    expect(graphOf(definition).roots).toEqual(['computer_vision', 'nlp', 'tabular']);
  });

  test('DP-10 WP-01 models, retry and timeout beside the block reach its tasks', () => {
    const beside = `  needs: [{model: vision/product-classifier, range: "^1.0.0", as: classifier, compat: {outputs: backward, metrics: {top1: ">=0.80"}}, timeout: 10 minutes}]
  retry: {limit: 2, backoff: {initial: 2s}}
  timeout: "2 hours"
`;
    const components = COMPONENTS.replace('"colour histogram, 24 bins",', '"colour histogram, 24 bins", retry: 5,').replace('bins: 24', 'bins: "${{ models.classifier.version }}"');
    const definition = definitionOf(WP01 + beside, components);
    expect(definition.timeout).toBe(7_200_000);
    expect(definition.tasks.map((task) => [task.models.map((need) => need.as), retryOf(task).limit])).toEqual([[['classifier'], 5], [['classifier'], 2], [['classifier'], 2], [[], 2]]);
    expect(taskOf(definition, 'nlp').models).toEqual([{ model: 'vision/product-classifier', range: '^1.0.0', compat: { outputs: 'backward', metrics: { top1: '>=0.80' } }, timeout: 600_000, as: 'classifier' }]);
  });

  test('WP-01 a name that nothing is bound to is an error that lists the known ones', () => {
    expect(findings(WP01.replace('bert-sentiment', 'bert-sentimnt'), COMPONENTS)).toEqual(["9:16 'bert-sentimnt' is not bound to anything that runs in components.yaml | did you mean 'bert-sentiment'?"]);
    expect(findings(WP01.replace('bert-sentiment', 'gpt'), COMPONENTS)).toEqual(["9:16 'gpt' is not bound to anything that runs in components.yaml | known are resnet50-features, bert-sentiment, xgboost-ensemble, attention-weighted"]);
    expect(findings(WP01)[0]).toBe("5:16 'resnet50-features' is not bound to anything that runs in components.yaml | there is no components.yaml beside the workflow, or it is empty");
  });

  test('WP-01 a finding in components.yaml names that file', () => {
    const result = parseWorkflow({ yaml: WP01, components: 'components:\n  a: {titel: x}\n', file: 'shop/workflow.yaml', componentsFile: 'shop/components.yaml' });
    expect(result.ok ? [] : result.diagnostics.slice(0, 2).map((d) => [d.file, d.line, d.column, d.path, d.message])).toEqual([
      ['shop/components.yaml', 2, 3, 'components.a', "component 'a' runs nothing"],
      ['shop/components.yaml', 2, 7, 'components.a.titel', "unknown field 'titel' in component 'a'"],
    ]);
  });
});

describe('conditional paths', () => {
  const dependency = `  dependency:
    condition: "base_model_accuracy > 0.85"
    true_path: "hyperparameter_optimization"
    false_path: "model_architecture_search"
    timeout: "2 hours"
`;
  const paths = uses('hyperparameter_optimization') + uses('model_architecture_search', ', timeout: 5m');

  test('DP-03 the block as quoted gives the two tasks complementary conditions', () => {
    const definition = definitionOf(spec(`${dependency}  tasks:\n${uses('base', ', outputs: {base_model_accuracy: number}')}${paths}`));
    const [yes, no] = [taskOf(definition, 'hyperparameter_optimization'), taskOf(definition, 'model_architecture_search')];
    expect([yes.when, yes.needs, yes.timeout]).toEqual(['tasks.base.outputs.base_model_accuracy > 0.85', ['base'], 7_200_000]);
    expect([no.when, no.needs, no.timeout]).toEqual(['!(tasks.base.outputs.base_model_accuracy > 0.85)', ['base'], 300_000]);
  });

  test('DP-03 WP-01 without declared outputs the nearest task that has the output decides', () => {
    const definition = definitionOf(`${WP01}${dependency}  tasks:\n${paths}`, COMPONENTS);
    const when = taskOf(definition, 'hyperparameter_optimization').when as string;
    expect(taskOf(definition, 'hyperparameter_optimization').needs).toEqual(['fusion']);
    const scope = (outputs: Record<string, object>): never => ({ tasks: Object.fromEntries(['fusion', 'computer_vision', 'nlp', 'tabular'].map((name) => [name, { outputs: outputs[name] ?? {} }])) }) as never;
    expect(evaluateCondition(when, scope({ fusion: { base_model_accuracy: 0.9 }, nlp: { base_model_accuracy: 0.1 } }))).toEqual({ ok: true, value: true });
    expect(evaluateCondition(when, scope({ nlp: { base_model_accuracy: 0.1 } }))).toEqual({ ok: true, value: false });
    expect(evaluateCondition(when, scope({})).ok).toBe(false);
  });

  test('DP-03 a list of branches, several tasks on a path, and a task that has a condition of its own', () => {
    const body = `  params: {on: true}
  dependency:
    - {condition: "score > 1", true_path: [b, c]}
    - {condition: "tasks.a.outputs.score > 2", false_path: d}
  tasks:
${uses('a', ', outputs: {score: number}')}${uses('b', ', when: params.on')}${uses('c')}${uses('d')}`;
    const definition = definitionOf(spec(body));
    expect(definition.tasks.map(({ name, needs, when }) => [name, needs, when])).toEqual([
      ['a', [], undefined],
      ['b', ['a'], '(tasks.a.outputs.score > 1) && (params.on)'],
      ['c', ['a'], 'tasks.a.outputs.score > 1'],
      ['d', ['a'], '!(tasks.a.outputs.score > 2)'],
    ]);
  });

  test('DP-03 faults have their place', () => {
    expect(findings(spec(`  dependency:
    condition: "acuracy > 0.85"
    true_path: tran
  tasks:
${uses('base', ', outputs: {accuracy: number}')}${uses('train', ', needs: [base]')}`))).toEqual(["7:16 there is no task 'tran' | did you mean 'train'?"]);
    expect(findings(spec(`  dependency:
    condition: "acuracy > 0.85"
    true_path: train
  tasks:
${uses('base', ', outputs: {accuracy: number}')}${uses('train', ', needs: [base]')}`))).toEqual(["6:17 no task before 'train' has an output 'acuracy' | did you mean 'accuracy'?"]);
  });
});

describe('tasks', () => {
  test('every field arrives', () => {
    const definition = definitionOf(spec(`  params: {n: 3, seed: {type: number, default: 7}, digits: {type: string, required: true}}
  concurrency: {limit: 1, onConflict: skip}
  queue: gpu
  priorityClass: production
  outputs: {score: "\${{ tasks.join.outputs.score }}"}
  tasks:
    - name: shard
      title: one of many
      uses: ./tasks/shard.mjs#shard
      forEach: params.n
      maxParallel: 2
      params: {seed: "\${{ params.seed }}", part: "\${{ index }}"}
      outputs: {score: number}
      retry: {limit: 4, on: [transient, data], backoff: {initial: 500ms, factor: 3, max: 1m, jitter: 0}}
      timeout: 1h30m
      grace: 5s
      resources: {cpu: 500m, memory: 2Gi, gpu: {count: 1, type: H200}}
    - name: join
      needs: [shard, {model: vision/product-classifier, range: ^1.0.0}]
      if: size(tasks.shard.outputs.score) > 0
      run: [python3, join.py, "--seed", 7]
      env: {N: 3, V: "\${{ models['product-classifier'].version }}"}
      inputs: {scores: "\${{ tasks.shard.outputs.score }}"}
      outputs: {score: number}
      publishes:
        model: shop/ranker
        version: "1.0.\${{ outputs.patch }}"
        schema: {input: {a: string}, output: {b: number}}
        metrics: {top1: "\${{ outputs.score }}"}
        artifact: model.json
        lineage: {seed: "\${{ params.seed }}"}
`));
    expect(definition).toEqual({
      name: 'demo',
      params: { n: { default: 3, required: false }, seed: { default: 7, required: false, type: 'number' }, digits: { required: true, type: 'string' } },
      concurrency: { limit: 1, onConflict: 'skip' },
      pool: 'gpu',
      priority: 75,
      triggers: [],
      outputs: { score: '${{ tasks.join.outputs.score }}' },
      tasks: [
        {
          name: 'shard', title: 'one of many', kind: 'function', uses: './tasks/shard.mjs#shard', needs: [], models: [], forEach: 'params.n', maxParallel: 2,
          params: { seed: '${{ params.seed }}', part: '${{ index }}' }, inputs: {}, outputs: { score: 'number' },
          retry: { limit: 4, on: ['transient', 'data'], backoff: { initial: 500, factor: 3, max: 60_000, jitter: 0 } },
          timeout: 5_400_000, grace: 5_000, resources: { cpu: 0.5, memory: 2_048, gpu: 1, gpuType: 'H200' },
        },
        {
          name: 'join', kind: 'process', run: ['python3', 'join.py', '--seed', '7'], needs: ['shard'],
          models: [{ model: 'vision/product-classifier', range: '^1.0.0', as: 'product-classifier' }],
          when: 'size(tasks.shard.outputs.score) > 0', params: {}, inputs: { scores: '${{ tasks.shard.outputs.score }}' }, outputs: { score: 'number' },
          env: { N: '3', V: "${{ models['product-classifier'].version }}" },
          publishes: {
            model: 'shop/ranker', version: '1.0.${{ outputs.patch }}', schema: { input: { a: 'string' }, output: { b: 'number' } },
            metrics: { top1: '${{ outputs.score }}' }, artifact: 'model.json', lineage: { seed: '${{ params.seed }}' },
          },
        },
      ],
    });
    expect(resourcesOf(taskOf(definition, 'join'))).toEqual({ cpu: 1, memory: 0, gpu: 0 });
  });

  test('WP-07 forEach takes a count, a list and an expression in a mark', () => {
    const definition = definitionOf(spec(`  params: {l: [1]}\n  tasks:\n${uses('a', ', forEach: 3')}${uses('b', ', forEach: [x, {k: 1}]')}${uses('c', ', forEach: "${{ params.l }}"')}`));
    expect(definition.tasks.map((task) => task.forEach)).toEqual(['3', '["x",{"k":1}]', 'params.l']);
  });

  test('DP-01 DP-02 the graph has roots, dependents and an order', () => {
    const definition = definitionOf(spec(`  tasks:\n${uses('d', ', needs: [b, c]')}${uses('b', ', needs: a')}${uses('c', ', needs: [a]')}${uses('a')}`));
    const graph = graphOf(definition);
    expect(graphOf(definition)).toBe(graph);
    expect([graph.roots, graph.order, graph.dependents.get('a'), graph.dependencies.get('d')]).toEqual([['a'], ['a', 'b', 'c', 'd'], ['b', 'c'], ['b', 'c']]);
  });

  test('DP-16 a cycle is told with its path and the need to drop', () => {
    expect(findings(spec(`  tasks:
    - {name: a, uses: "./t.mjs#a", needs: [c]}
    - {name: b, uses: "./t.mjs#b", needs: [a]}
    - {name: c, uses: "./t.mjs#c", needs: [b]}
    - {name: d, uses: "./t.mjs#d", needs: [c]}
    - {name: e, uses: "./t.mjs#e", needs: [e]}
`))).toEqual(["6:44 these tasks wait for each other: a needs c needs b needs a | drop 'c' from the needs of 'a'", "10:44 task 'e' needs itself | drop this entry"]);
  });

  test('DP-16 every acyclic graph passes and every graph with a cycle is refused', () => {
    const edges = fc.uniqueArray(fc.tuple(fc.nat(7), fc.nat(7)).filter(([a, b]) => a !== b), { maxLength: 14, selector: ([a, b]) => a * 8 + b });
    fc.assert(fc.property(edges, (pairs) => {
      const needs = (i: number): number[] => pairs.filter(([from]) => from === i).map(([, to]) => to);
      const reaches = (from: number, to: number, seen = new Set<number>()): boolean => needs(from).some((n) => n === to || (!seen.has(n) && reaches(n, to, seen.add(n))));
      const cyclic = Array.from({ length: 8 }, (_, i) => i).some((i) => reaches(i, i));
      const tasks = Array.from({ length: 8 }, (_, i) => uses(`t${i}`, `, needs: [${needs(i).map((n) => `t${n}`).join(', ')}]`)).join('');
      expect(findings(spec(`  tasks:\n${tasks}`)).some((line) => line.includes('wait for each other'))).toBe(cyclic);
    }), { numRuns: 150 });
  });
});

describe('findings', () => {
  const tasks = (body: string): string => spec(`  params: {rows: 1}\n  tasks:\n${body}`);
  test.each([
    ['unknown field', tasks('    - name: a\n      uses: ./t.mjs#a\n      retrys: 3\n'), ["9:7 unknown field 'retrys' in a task | did you mean 'retry'?"]],
    ['unknown need', tasks(uses('prepare') + uses('b', ', needs: [prepar]')), ["8:44 there is no task 'prepar' | did you mean 'prepare'?"]],
    ['duplicate name', tasks(uses('a') + uses('a')), ["8:14 two tasks are called 'a' | the first stands in line 7"]],
    ['duplicate key', tasks('    - {name: a, uses: "./t.mjs#a", name: b}\n'), ["7:36 'name' stands twice in this map"]],
    ['__proto__', tasks('    - {name: a, uses: "./t.mjs#a", params: {__proto__: {x: 1}}}\n'), ["7:45 the key '__proto__' is not allowed"]],
    ['name with a bracket', tasks('    - {name: "a[0]", uses: "./t.mjs#a"}\n'), ["7:14 'a[0]' is no name of a task | letters, digits, _ . and -, starting and ending with a letter or digit, at most 64"]],
    ['bare number as duration', tasks(uses('a', ', timeout: 90')), ["7:45 timeout must be a duration, this is the number 90 | say the unit: '90s' or '90 minutes'"]],
    ['shell string', tasks('    - {name: a, run: python3 train.py}\n'), ["7:22 run must be a list of the program and its arguments (no shell), this is the text 'python3 train.py' | run: [python3, train.py]"]],
    ['nothing to run', tasks('    - {name: a, retry: 3}\n'), ["7:17 'retry' without anything to run in task 'a' | say 'uses: ./tasks/file.mjs#function' or 'run: [program, argument]'"]],
    ['outside the folder', tasks('    - {name: a, uses: "./../x.mjs#a"}\n'), ["7:23 './../x.mjs#a' names no function of the workflow's folder | write './tasks/prepare.mjs#prepare': a module and the function that it exports"]],
    ['syntax of an expression', tasks(uses('a', ', when: "params.rows >"')), ["7:55 the expression is not valid CEL: found > but expecting end of input"]],
    ['unknown parameter', tasks(uses('a', ', when: "params.row > 1"')), ["7:43 there is no parameter 'row' | did you mean 'rows'?"]],
    ['parameter without its root', tasks(uses('a', ', when: "rows > 1"')), ["7:43 'rows' is not known in when of task 'a' | write params.rows"]],
    ['task that is not waited for', tasks(uses('a') + uses('b', ', params: {x: "n=${{ tasks.a.outputs.x }}"}')), ["8:55 task 'b' does not wait for 'a' | add 'a' to the needs of 'b'"]],
    ['undeclared output', tasks(uses('a', ', outputs: {score: number}') + uses('b', ', needs: [a], when: "tasks.a.outputs.scor > 1"')), ["8:55 task 'a' declares no output 'scor' | did you mean 'score'?"]],
    ['hyphen read as minus', tasks(uses('a-b') + uses('c', ', needs: [a-b], when: "tasks.a-b.outputs.x"')), ['8:57 there is no task \'a\' | write tasks["a-b"]: \'-\' and \'.\' mean something else in an expression', "8:65 'b' is not known in when of task 'c' | known are params, tasks, models, run, trigger"]],
    ['item outside forEach', tasks(uses('a', ', params: {x: "${{ item }}"}')), ["7:53 'item' is not known in task 'a' | known are params, tasks, models, run, trigger"]],
    ['unclosed mark', tasks(uses('a', ', params: {x: "${{ params.rows"}')), ["7:49 '${{' is never closed | end the mark with }}"]],
    ['unknown model', tasks(uses('a', ', when: "models.m.version == \'1\'"')), ["7:43 no needed model is called 'm' | add it to 'needs': {model: workspace/name, range: '^1.0.0'}"]],
    ['version range', tasks(uses('a', ', needs: [{model: v/m, range: latest!}]')), ["7:64 'latest!' is no version range | write an npm range such as '^1.0.0' or '>=1.2 <2'"]],
    ['second document', `${tasks(uses('a'))}---\na: 1\n`, ['8:1 a second document starts here; one file holds one workflow']],
    ['no envelope', 'name: x\ntasks: []\n', ["1:1 'name' stands at the top of the file | put 'workflow:' above it and indent the rest, or use apiVersion, kind, metadata and spec"]],
    ['tasks as a map', spec('  tasks:\n    prepare: {uses: "./t.mjs#a"}\n'), ["6:5 tasks must be a list, this is a map | begin each task with '- name: prepare'"]],
    ['wrong kind', 'apiVersion: novacron.io/v1\nkind: Workflw\nmetadata: {name: a}\nspec: {tasks: []}\n', ["2:7 kind must be one of Workflow, this is the text 'Workflw' | did you mean 'Workflow'?"]],
    ['empty file', '', ['1:1 the file is empty']],
    ['version that lost its zero', tasks(uses('a', ', publishes: {model: v/m, version: 1.10}')), ['7:69 version must be a text, this is the number 1.1 | put it in quotes']],
  ])('%s', (_, yaml, expected) => {
    expect(findings(yaml)).toEqual(expected);
  });

  test('{{ }} alone is a warning, not an error', () => {
    const yaml = tasks(uses('a', ', params: {x: "{{ params.rows }}"}'));
    const result = parseWorkflow({ yaml });
    expect([result.ok, findings(yaml)]).toEqual([true, ["7:48 '{{ }}' is plain text here and is not filled | write ${{ }}"]]);
  });

  test('a finding is shown with its line and a caret', () => {
    const yaml = tasks('    - name: a\n      uses: ./t.mjs#a\n      retrys: 3\n');
    const result = parseWorkflow({ yaml, file: 'w.yaml' });
    expect(result.ok ? '' : formatDiagnostic(result.diagnostics[0] as never, yaml)).toBe(`w.yaml:9:7: error: unknown field 'retrys' in a task
  9 |       retrys: 3
    |       ^
  did you mean 'retry'?`);
  });
});

describe('triggers', () => {
  const triggers = (body: string): string => spec(`  params: {file: {default: null}}\n  tasks:\n${uses('a')}  triggers:\n${body}`);

  test('TR-01 TR-02 TR-04 TR-05 TR-06 TR-10 all spellings of the four kinds', () => {
    const definition = definitionOf(triggers(`    - cron: "0 3 * * *"
      timezone: Europe/Berlin
    - {kind: cron, cron: "@daily", name: daily, catchup: all}
    - cron: {schedule: "*/5 * * * *", catchup: skip}
    - every: 10 minutes
    - interval: {every: PT2H}
    - interval: 90s
    - file: "reviews-*.jsonl"
      params: {file: "\${{ trigger.file }}"}
    - {kind: file, path: "?.csv"}
    - {model: vision/product-classifier, range: ^1.0.0, compat: {outputs: backward}}
`));
    expect(definition.triggers).toEqual([
      { name: 'cron', kind: 'cron', cron: '0 3 * * *', timezone: 'Europe/Berlin', catchup: 'latest', params: {} },
      { name: 'daily', kind: 'cron', cron: '@daily', timezone: 'UTC', catchup: 'all', params: {} },
      { name: 'cron-2', kind: 'cron', cron: '*/5 * * * *', timezone: 'UTC', catchup: 'skip', params: {} },
      { name: 'interval', kind: 'interval', every: 600_000, catchup: 'latest', params: {} },
      { name: 'interval-2', kind: 'interval', every: 7_200_000, catchup: 'latest', params: {} },
      { name: 'interval-3', kind: 'interval', every: 90_000, catchup: 'latest', params: {} },
      { name: 'file', kind: 'file', path: 'reviews-*.jsonl', params: { file: '${{ trigger.file }}' } },
      { name: 'file-2', kind: 'file', path: '?.csv', params: {} },
      { name: 'model', kind: 'model', model: 'vision/product-classifier', range: '^1.0.0', compat: { outputs: 'backward' }, params: {} },
    ]);
  });

  test.each([
    ['    - cron: "61 * * * *"\n', ["9:13 '61 * * * *' is no cron expression: Invalid value for minute: 61 | write minute hour day month weekday, e.g. '0 3 * * *'"]],
    ['    - {cron: "@daily", timezone: Mars/Base}\n', ["9:34 'Mars/Base' is no time zone | write an IANA name such as 'Europe/Berlin'"]],
    ['    - {every: 5m, timezone: UTC}\n', ["9:19 'timezone' does not belong to the trigger kind interval | its fields are kind, name, params, every, catchup"]],
    ['    - {file: "../x"}\n', ["9:14 '../x' is no file name | name files of the inbox only, without folders; * and ? are wild"]],
    ['    - {every: 5m, params: {fil: 1}}\n', ["9:7 trigger 'interval' sets 'fil', which is no parameter of the workflow | did you mean 'file'?"]],
  ])('%s', (body, expected) => {
    expect(findings(triggers(body))).toEqual(expected);
  });
});

describe('durations', () => {
  test.each([['2 hours', 7_200_000], ['90s', 90_000], ['PT2H', 7_200_000], ['1h30m', 5_400_000], ['10 minutes', 600_000], ['30 seconds', 30_000], ['1 day, 2 hours', 93_600_000], ['P1DT12H', 129_600_000], ['1.5h', 5_400_000], ['250ms', 250]])('%s', (text, millis) => {
    expect(parseDuration(text)).toBe(millis);
  });
  test.each(['', '5', 'h', '5 parsecs', '30m1h', '1h 2h', 'P', 'PT', 'P1M', '-5s', '1e3s', '999999 weeks', 'constructor', '1 constructor'])('refused: %s', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('limits', () => {
  const first = (yaml: string): string => findings(yaml)[0] ?? '';
  test('bombs are refused, each by its limit', () => {
    const bomb = `a: &a [${'x,'.repeat(9)}]\n${Array.from('bcdefghij', (c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefghi'[i]}`).join(',')}]`).join('\n')}`;
    expect(first(bomb)).toMatch(/more than 100 aliases/);
    const wide = `a: &a [${'x,'.repeat(3_000)}]\nb: [*a,*a,*a,*a,*a,*a,*a,*a]`;
    expect(first(wide)).toMatch(/more than 20000 values/);
    for (const open of ['[', '{a: ', '- ', '? ']) expect(first(open.repeat(40_000))).toMatch(/nested deeper than 64 levels/);
    expect(first('a: &a [*a]')).toMatch(/nested deeper than 64 levels/);
    expect(first(`a: "${'x'.repeat(256 * 1024)}"`)).toBe('1:1 the file is larger than 256 KiB');
    expect(first('a: *nowhere')).toMatch(/nowhere/);
    expect(first('a: !!js/function x')).toMatch(/tag/i);
  });

  test('a chain of 1,000 tasks fits, 2,001 tasks are pointed to forEach', () => {
    const chain = (n: number): string => spec(`  tasks:\n${Array.from({ length: n }, (_, i) => uses(`t${i}`, i === 0 ? '' : `, needs: [t${i - 1}]`)).join('')}`);
    expect(graphOf(definitionOf(chain(1_000))).order).toHaveLength(1_000);
    expect(findings(chain(2_001))).toEqual(["6:5 more than 2000 tasks | fold tasks of one kind into one with 'forEach'"]);
    expect(findings(chain(2_000))[0]).toMatch(/^4:1 the workflow comes to \d+ KiB, more than 192 \| fold tasks of one kind into one with 'forEach'/);
  });

  test('nothing that is fed to it makes it throw', () => {
    const whole = `${WP01}  tasks:\n${uses('a', ', needs: [fusion], when: "params.x > 1", params: {y: "${{ tasks.fusion.outputs }}"}')}  triggers: [{cron: "0 3 * * *"}]\n  params: {x: 2}\n`;
    const cut = fc.tuple(fc.nat(whole.length), fc.nat(40), fc.string({ maxLength: 8, unit: fc.constantFrom(...'[]{}:,-&*!|>"\'#%@`? \n\tab1~$') }));
    fc.assert(fc.property(fc.array(cut, { maxLength: 4 }), (cuts) => {
      const yaml = cuts.reduce((text, [at, length, insert]) => text.slice(0, at) + insert + text.slice(at + length), whole);
      const result = parseWorkflow({ yaml, components: COMPONENTS });
      if (!result.ok) {
        expect(result.diagnostics.length).toBeGreaterThan(0);
        for (const d of result.diagnostics) expect([d.line >= 1, d.column >= 1, formatDiagnostic(d, yaml).length > 0]).toEqual([true, true, true]);
      }
    }), { numRuns: 400 });
    fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => { parseWorkflow({ yaml: JSON.stringify({ workflow: { name: 'x', tasks: [a], triggers: b, params: a, needs: b, dependency: a, modalities: [b], fusion: a } }), components: JSON.stringify(b) }); }), { numRuns: 300 });
  });
});
