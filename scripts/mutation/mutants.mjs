// Small errors of the kind that people make, put into a source one at a time: operators, bounds, conditions, returns, calls left out. Pure.
import ts from 'typescript';

const K = ts.SyntaxKind;
/** Operator -> what it could have been by mistake. */
const OPERATORS = new Map([
  [K.LessThanToken, ['<=', '>=']], [K.LessThanEqualsToken, ['<', '>']], [K.GreaterThanToken, ['>=', '<=']], [K.GreaterThanEqualsToken, ['>', '<']],
  [K.EqualsEqualsEqualsToken, ['!==']], [K.ExclamationEqualsEqualsToken, ['===']], [K.AmpersandAmpersandToken, ['||']], [K.BarBarToken, ['&&']],
  [K.PlusToken, ['-']], [K.MinusToken, ['+']], [K.AsteriskToken, ['/']], [K.SlashToken, ['*']], [K.PercentToken, ['*']],
  [K.PlusEqualsToken, ['-=']], [K.MinusEqualsToken, ['+=']],
]);

/** Every mutant of a TypeScript source: `{start, end, text, line, kind}`, in the order of the source; `text` stands instead of what lies from start to end. */
export function mutantsOf(source) {
  const file = ts.createSourceFile('x.ts', source, ts.ScriptTarget.Latest, true);
  const mutants = [];
  const add = (node, text, kind) => mutants.push({ start: node.getStart(file), end: node.getEnd(), text, kind, line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1 });
  const visit = (node) => {
    // Types have no behaviour.
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isImportDeclaration(node)) return;
    for (const [mutated, text, kind] of changesOf(node, file)) add(mutated, text, kind);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return mutants.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** The source with one mutant in it. */
export const withMutant = (source, { start, end, text }) => source.slice(0, start) + text + source.slice(end);

/** `[node, text, kind]` of what can go wrong at this node itself. */
function changesOf(node, file) {
  if (ts.isBinaryExpression(node)) return (OPERATORS.get(node.operatorToken.kind) ?? []).filter(() => !joinsText(node)).map((operator) => [node.operatorToken, operator, 'operator']);
  if (ts.isPrefixUnaryExpression(node)) return unaryChanges(node, file);
  if (ts.isPostfixUnaryExpression(node)) return [[node, `${node.operand.getText(file)}${node.operator === K.PlusPlusToken ? '--' : '++'}`, 'operator']];
  if (ts.isIfStatement(node)) return bothWays(node.expression);
  if (ts.isConditionalExpression(node)) return bothWays(node.condition);
  // Nothing instead of nothing, or of false, is the same to who asks; and a literal has a mutant of its own.
  if (ts.isReturnStatement(node) && node.expression && !['undefined', 'false', 'true'].includes(node.expression.getText(file))) return [[node.expression, 'undefined as never', 'return']];
  if (ts.isExpressionStatement(node) && isCall(node.expression)) return [[node, ';', 'call left out']];
  if (node.kind === K.TrueKeyword) return [[node, 'false', 'literal']];
  if (node.kind === K.FalseKeyword) return [[node, 'true', 'literal']];
  if (ts.isNumericLiteral(node)) return [[node, String(Number(node.text.replaceAll('_', '')) + 1), 'literal']];
  return [];
}

const bothWays = (condition) => [[condition, 'true', 'condition'], [condition, 'false', 'condition']];

function unaryChanges(node, file) {
  const operand = node.operand.getText(file);
  if (node.operator === K.ExclamationToken || node.operator === K.MinusToken) return [[node, `(${operand})`, 'operator']];
  if (node.operator === K.PlusPlusToken || node.operator === K.MinusMinusToken) return [[node, `${node.operator === K.PlusPlusToken ? '--' : '++'}${operand}`, 'operator']];
  return [];
}

function isCall(expression) {
  const inner = ts.isVoidExpression(expression) || ts.isAwaitExpression(expression) ? expression.expression : expression;
  return ts.isCallExpression(inner) && inner.expression.kind !== K.SuperKeyword;
}

/** A sum of texts has no other operator that compiles; mutating it only costs time. */
function joinsText({ left, right, operatorToken }) {
  const isText = (side) => ts.isStringLiteralLike(side) || ts.isTemplateExpression(side);
  return operatorToken.kind === K.PlusToken && (isText(left) || isText(right));
}
