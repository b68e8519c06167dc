import { parseSync } from 'vite';

/** Parses a TypeScript or JavaScript module; throws, naming the file, when it does not parse. */
export function parseModule(path, text) {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
  return program;
}

/** Yields every node below `node` with its parent and the parent's property that holds it; comments are no nodes. */
export function* nodesOf(node, parent, key) {
  yield { node, parent, key };
  for (const [childKey, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === 'string') yield* nodesOf(child, node, childKey);
    }
  }
}

/** The 1-based line of an offset. */
export function lineAt(text, offset) {
  return text.slice(0, offset).split('\n').length;
}

/**
 * Every way in which a module names another one.
 * @returns {{ specifier: string | undefined, names: string[], isType: boolean, isDynamic: boolean, start: number }[]}
 *   `specifier` is undefined when it is computed at run time; `names` are the imported names, `*` for all of them.
 */
export function importsOf(program) {
  const imports = [];
  for (const { node } of nodesOf(program)) {
    const found = importIn(node);
    if (found) imports.push({ isType: false, isDynamic: false, names: ['*'], start: node.start, ...found });
  }
  return imports;
}

function importIn(node) {
  switch (node.type) {
    case 'ImportDeclaration':
      return {
        specifier: node.source.value,
        names: node.specifiers.map((each) => each.imported?.name ?? '*'),
        isType: node.importKind === 'type' || isEveryType(node.specifiers, 'importKind'),
      };
    case 'ExportNamedDeclaration':
      if (!node.source) return undefined;
      return {
        specifier: node.source.value,
        names: node.specifiers.map((each) => each.local.name),
        isType: node.exportKind === 'type' || isEveryType(node.specifiers, 'exportKind'),
      };
    case 'ExportAllDeclaration':
      return { specifier: node.source.value, isType: node.exportKind === 'type' };
    case 'ImportExpression':
      return { specifier: node.source.value, isDynamic: true };
    case 'TSImportType':
      return { specifier: node.source.value, isType: true };
    case 'TSExternalModuleReference':
      return { specifier: node.expression.value };
    case 'CallExpression': {
      if (node.callee.type !== 'Identifier' || node.callee.name !== 'require') return undefined;
      return { specifier: node.arguments[0]?.value, isDynamic: true };
    }
    default:
      return undefined;
  }
}

function isEveryType(specifiers, kind) {
  return specifiers.length > 0 && specifiers.every((each) => each[kind] === 'type');
}

const KEYED = new Set(['Property', 'MethodDefinition', 'PropertyDefinition', 'AccessorProperty']);
const TYPE_NODES_WITH_VALUES = new Set([
  'TSAsExpression',
  'TSNonNullExpression',
  'TSSatisfiesExpression',
  'TSTypeAssertion',
  'TSInstantiationExpression',
]);

/** Whether an identifier names a value in scope, rather than a member, a key, an imported name or a type. */
export function isReference({ node, parent, key }) {
  if (node.type !== 'Identifier' || parent === undefined) return false;
  if (parent.type === 'MemberExpression') return key === 'object' || parent.computed;
  if (KEYED.has(parent.type) && key === 'key') return parent.computed;
  if (parent.type === 'ImportSpecifier' || parent.type === 'ExportSpecifier') return false;
  return !parent.type.startsWith('TS') || TYPE_NODES_WITH_VALUES.has(parent.type);
}

/** The name of the member that a member expression reads, or undefined when it is computed at run time. */
export function memberName(node) {
  return node.computed ? node.property.value : node.property.name;
}
