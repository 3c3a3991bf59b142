export { formatDiagnostic, type Diagnostic } from './diagnostic.ts';
export { parseDuration } from './duration.ts';
export { columns } from './expression/columns.ts';
export { evaluate, evaluateCondition, fill, fillText, references, templateReferences, type Outcome, type Scope } from './expression/evaluate.ts';
export { graphOf, type Graph } from './graph.ts';
export { didYouMean } from './nearest.ts';
export { parseWorkflow, type ParseResult, type WorkflowFiles } from './parse.ts';
