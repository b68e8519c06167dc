import { RuleSnapshot } from './rule-snapshot.js';

/** What a part of a rule's expression can come to. Plain objects are `auth`, its parts, and `query`. */
export type RuleValue =
  | string
  | number
  | boolean
  | null
  | RegExp
  | RuleSnapshot
  | readonly RuleValue[]
  | { readonly [name: string]: unknown };

/** A rule asks of a value what the value cannot give; such a rule allows nothing. */
export class EvaluationFailure extends Error {
  override readonly name = 'EvaluationFailure';
}

/** What an expression can refer to. */
export interface RuleScope {
  readonly auth: RuleValue;
  readonly now: number;
  readonly root: RuleSnapshot;
  readonly data: RuleSnapshot;
  readonly newData: RuleSnapshot;
  readonly query: RuleValue;
  /** Keys that stood in the place of `$names`. */
  readonly variables: ReadonlyMap<string, string>;
}

export function asBoolean(value: RuleValue): boolean {
  if (typeof value !== 'boolean') throw new EvaluationFailure('not a boolean');
  return value;
}

export function asNumber(value: RuleValue): number {
  if (typeof value !== 'number') throw new EvaluationFailure('not a number');
  return value;
}

export function asString(value: RuleValue): string {
  if (typeof value !== 'string') throw new EvaluationFailure('not a string');
  return value;
}

/** A member of `auth`, its parts or `query`; null where there is none. */
export function memberOf(value: RuleValue, name: string): RuleValue {
  if (value === null) throw new EvaluationFailure('null has no members');
  if (typeof value === 'string' && name === 'length') return value.length;
  if (typeof value !== 'object' || value instanceof RuleSnapshot || value instanceof RegExp) {
    throw new EvaluationFailure(`no member ${name}`);
  }
  if (Array.isArray(value)) throw new EvaluationFailure('an array has no members');
  const member: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : null;
  return asRuleValue(member);
}

/** What was JSON once, as a value of an expression. */
export function asRuleValue(value: unknown): RuleValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (Array.isArray(value)) return value.map(asRuleValue);
  return typeof value === 'object' ? { ...value } : null;
}

export function areEqual(left: RuleValue, right: RuleValue): boolean {
  if (isComposite(left) || isComposite(right)) {
    if (left === null || right === null) return false;
    throw new EvaluationFailure('only simple values can be compared');
  }
  return left === right;
}

function isComposite(value: RuleValue): boolean {
  return typeof value === 'object' && value !== null;
}
