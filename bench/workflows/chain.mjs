/** A chain: each task starts when the one before it has succeeded. `step` is the rest of a task in YAML's flow style. */
export const chain = (name, length, step) => `workflow:
  name: ${name}
  tasks:
${Array.from({ length }, (_, i) => `    - { name: step-${i}, ${i === 0 ? '' : `needs: [step-${i - 1}], `}${step} }`).join('\n')}
`;
