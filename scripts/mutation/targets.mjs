// What is mutated, by which specifications it must be noticed, and the share below which the command fails.

/** `floor`: killed / (killed + survived). It is below 1 where mutants remain that no test can see: they mean the same, or are only slower. */
export const TARGETS = {
  rule: { files: ['libs/log/src/rule.ts'], config: 'libs/log/jest.config.mjs', specs: ['libs/log/src/rule.spec.ts'], floor: 0.95 },
  kernel: {
    files: ['libs/kernel/src/tables.ts', 'libs/kernel/src/sorted.ts', 'libs/kernel/src/hash.ts', 'libs/kernel/src/json.ts'], config: 'libs/kernel/jest.config.mjs', specs: ['libs/kernel/src'], floor: 0.8,
  },
  readiness: {
    files: ['readiness', 'settle', 'attempts', 'endings', 'retry', 'finish', 'stop', 'waits', 'folds', 'expansion'].map((name) => `services/resolver/src/domain/run/${name}.ts`),
    config: 'services/resolver/jest.config.mjs', specs: ['services/resolver/src/domain/run'], floor: 0.7,
  },
};
