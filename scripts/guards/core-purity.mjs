/**
 * Core is a library of pure parts: it imports nothing that reaches a machine or a database, takes clock, random numbers
 * and timers from its caller, prints nothing, and names no database outside comments.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importsOf, isReference, lineAt, memberName, nodesOf, parseModule } from './module-syntax.mjs';
import { isPackageSource, isTestFile, projectFiles } from './project-files.mjs';

/** What core may import beside its own files; a list of names allows those alone. */
const ALLOWED_IMPORTS = new Map([
  ['@standard-schema/spec', '*'],
  ['node:crypto', ['createHash', 'createHmac', 'hash', 'Hash', 'Hmac']],
  ['node:events', ['setMaxListeners']],
]);

/** Names that exist without an import and reach outside: output, time, chance, the process, the network. */
const FORBIDDEN_GLOBALS = new Set([
  'console',
  'crypto',
  'fetch',
  'global',
  'globalThis',
  'performance',
  'process',
  'require',
  'setImmediate',
  'setInterval',
  'setTimeout',
  'WebSocket',
]);

/** Objects of which only some members are pure. */
const PURE_MEMBERS = new Map([
  ['Date', (name) => name === 'UTC' || name === 'parse' || name === 'prototype'],
  ['Math', (name) => name !== undefined && name !== 'random'],
  ['AbortSignal', (name) => name !== undefined && name !== 'timeout'],
]);

const DATABASE_NAME =
  /mongo|cassandra|scylla|dynamo|firestore|firebase|\bastra(?![a-z])|bson|rtdb|realtime-?database|postgres|mysql|\bcql|cql\b/i;
const ASTRA_IN_CAMEL_CASE = /astra(?=[-_A-Z\d]|$)|Astra(?![a-z])/;

const namesDatabase = (word) => DATABASE_NAME.test(word) || ASTRA_IN_CAMEL_CASE.test(word);

export const corePurity = {
  name: 'core imports, prints and reaches nothing outside, and names no database',
  unit: 'source files',
  atLeast: 20,
  check(root) {
    const files = projectFiles(root).filter(
      (path) => path.startsWith('packages/core/src/') && isPackageSource(path) && !isTestFile(path),
    );
    const problems = files.flatMap((path) => problemsIn(path, readFileSync(join(root, path), 'utf8')));
    return { checked: files.length, problems };
  },
};

function problemsIn(path, text) {
  const program = parseModule(path, text);
  const problems = [];
  const report = (node, message) => problems.push(`${path}:${lineAt(text, node.start)} ${message}`);

  if (namesDatabase(path)) problems.push(`${path} names a database`);
  for (const each of importsOf(program)) {
    const trouble = importTrouble(each);
    if (trouble) report(each, trouble);
  }
  for (const visit of nodesOf(program)) {
    const trouble = referenceTrouble(visit);
    if (trouble) report(visit.node, trouble);
    const word = wordOf(visit.node);
    if (word !== undefined && namesDatabase(word)) report(visit.node, `names a database: ${word.slice(0, 60)}`);
  }
  return problems;
}

function importTrouble({ specifier, names }) {
  if (specifier === undefined) return 'imports a module whose name is computed';
  if (specifier.startsWith('./') || specifier.startsWith('../')) return undefined;
  const allowed = ALLOWED_IMPORTS.get(specifier);
  if (allowed === undefined) return `imports ${specifier}`;
  const refused = allowed === '*' ? [] : names.filter((name) => !allowed.includes(name));
  return refused.length === 0 ? undefined : `imports ${refused.join(', ')} of ${specifier}`;
}

function referenceTrouble(visit) {
  if (!isReference(visit)) return undefined;
  const { node, parent, key } = visit;
  if (FORBIDDEN_GLOBALS.has(node.name)) return `uses ${node.name}`;
  const isPure = PURE_MEMBERS.get(node.name);
  if (isPure === undefined) return undefined;
  if (parent.type === 'MemberExpression' && key === 'object') {
    const name = memberName(parent);
    return isPure(name) ? undefined : `uses ${node.name}.${name ?? '[computed]'}`;
  }
  if (parent.type === 'BinaryExpression' && parent.operator === 'instanceof' && key === 'right') return undefined;
  if (parent.type === 'NewExpression' && key === 'callee') {
    return parent.arguments.length > 0 ? undefined : `uses new ${node.name}() without an argument`;
  }
  return `uses ${node.name} as a value`;
}

/** The text by which a node could name something: an identifier, a string or a piece of a template. */
function wordOf(node) {
  if (node.type === 'Identifier' || node.type === 'PrivateIdentifier') return node.name;
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type === 'Literal' && node.regex) return node.regex.pattern;
  if (node.type === 'TemplateElement') return node.value.raw;
  return undefined;
}
