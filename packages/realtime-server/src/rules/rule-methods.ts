import { RuleSnapshot } from './rule-snapshot.js';
import { asString, EvaluationFailure, type RuleValue } from './rule-value.js';

type Method<Subject> = (subject: Subject, given: readonly RuleValue[]) => RuleValue;

const snapshotMethods: ReadonlyMap<string, Method<RuleSnapshot>> = new Map<string, Method<RuleSnapshot>>([
  ['val', (snapshot) => snapshot.value() ?? valueOfBranch(snapshot)],
  ['exists', (snapshot) => snapshot.exists()],
  ['child', (snapshot, given) => snapshot.child(only(given))],
  ['parent', (snapshot) => snapshot.parent() ?? fail('the root has no parent')],
  ['hasChild', (snapshot, given) => snapshot.hasChild(only(given))],
  ['hasChildren', (snapshot, [names]) => snapshot.hasChildren(names === undefined ? undefined : texts(names))],
  ['getPriority', (snapshot) => snapshot.priority()],
  ['isString', (snapshot) => typeof snapshot.value() === 'string'],
  ['isNumber', (snapshot) => typeof snapshot.value() === 'number'],
  ['isBoolean', (snapshot) => typeof snapshot.value() === 'boolean'],
]);

const stringMethods: ReadonlyMap<string, Method<string>> = new Map<string, Method<string>>([
  ['contains', (text, given) => text.includes(only(given))],
  ['beginsWith', (text, given) => text.startsWith(only(given))],
  ['endsWith', (text, given) => text.endsWith(only(given))],
  ['toLowerCase', (text) => text.toLowerCase()],
  ['toUpperCase', (text) => text.toUpperCase()],
  ['replace', (text, [from = null, to = null]) => text.replaceAll(asString(from), () => asString(to))],
  ['matches', (text, [given = null]) => (given instanceof RegExp ? given.test(text) : fail('not a pattern'))],
]);

/** True for what snapshots or texts can be asked. */
export function isMethod(name: string): boolean {
  return snapshotMethods.has(name) || stringMethods.has(name);
}

export function callMethod(subject: RuleValue, name: string, given: readonly RuleValue[]): RuleValue {
  if (subject instanceof RuleSnapshot) return (snapshotMethods.get(name) ?? fail(`no method ${name}`))(subject, given);
  if (typeof subject === 'string') return (stringMethods.get(name) ?? fail(`no method ${name}`))(subject, given);
  return fail(`no method ${name}`);
}

/** Data with children has no value that could be compared, but it is not null. */
function valueOfBranch(snapshot: RuleSnapshot): RuleValue {
  return snapshot.exists() ? { children: true } : null;
}

function only([given = null]: readonly RuleValue[]): string {
  return asString(given);
}

function texts(names: RuleValue): string[] {
  return Array.isArray(names) ? names.map((name: RuleValue) => asString(name)) : fail('not an array');
}

function fail(what: string): never {
  throw new EvaluationFailure(what);
}
