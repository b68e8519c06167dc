import { isJsonObject } from '../json-object.js';
import { type Expression, parseExpression } from './parse-expression.js';
import { RulesError } from './rules-error.js';
import { withoutComments } from './without-comments.js';

/** When something is allowed: always, never, or as an expression says. */
export type Condition = boolean | Expression;

/** The rules of a place; those of a wildcard hold for every child that has none of its own. */
export interface RuleNode {
  readonly read: Condition | undefined;
  readonly write: Condition | undefined;
  readonly validate: Condition | undefined;
  readonly indexes: ReadonlySet<string>;
  readonly children: ReadonlyMap<string, RuleNode>;
  readonly wildcard: { readonly name: string; readonly node: RuleNode } | undefined;
  /** Whether anything here or below is validated. */
  readonly validates: boolean;
}

/** Reads `{"rules": { … }}`, comments allowed. Throws a RulesError where something is not understood. */
export function parseRuleTree(text: string): RuleNode {
  let parsed: unknown;
  try {
    parsed = JSON.parse(withoutComments(text));
  } catch (cause) {
    throw new RulesError(`The rules are no JSON: ${String(cause)}`, { cause });
  }
  if (!isJsonObject(parsed) || !isJsonObject(parsed['rules']))
    throw new RulesError('The rules lack the object "rules".');
  return parseNode(parsed['rules'], '/');
}

const ruleNames = ['.read', '.write', '.validate', '.indexOn'];

function parseNode(given: Record<string, unknown>, place: string): RuleNode {
  const children = new Map<string, RuleNode>();
  let wildcard: RuleNode['wildcard'];
  for (const [key, value] of Object.entries(given)) {
    if (key.startsWith('.')) {
      if (!ruleNames.includes(key)) throw new RulesError(`${place}: there is no rule ${key}.`);
      continue;
    }
    if (!isJsonObject(value)) throw new RulesError(`${place}${key}: not an object.`);
    const node = parseNode(value, `${place}${key}/`);
    if (!key.startsWith('$')) children.set(key, node);
    else if (wildcard === undefined) wildcard = { name: key, node };
    else throw new RulesError(`${place}: both ${wildcard.name} and ${key} stand for every child.`);
  }
  const validate = parseCondition(given['.validate'], `${place}.validate`);
  const below = [...children.values(), ...(wildcard === undefined ? [] : [wildcard.node])];
  return {
    read: parseCondition(given['.read'], `${place}.read`),
    write: parseCondition(given['.write'], `${place}.write`),
    validate,
    indexes: new Set(parseIndexes(given['.indexOn'], `${place}.indexOn`)),
    children,
    wildcard,
    validates: validate !== undefined || below.some((node) => node.validates),
  };
}

function parseCondition(given: unknown, place: string): Condition | undefined {
  if (given === undefined || typeof given === 'boolean') return given;
  if (typeof given !== 'string') throw new RulesError(`${place}: neither a text nor a boolean.`);
  try {
    return parseExpression(given);
  } catch (error) {
    throw error instanceof RulesError ? new RulesError(`${place}: ${error.message}.`, { cause: error }) : error;
  }
}

function parseIndexes(given: unknown, place: string): string[] {
  if (given === undefined) return [];
  const indexes: unknown[] = Array.isArray(given) ? given : [given];
  return indexes.map((index) => {
    if (typeof index !== 'string') throw new RulesError(`${place}: an index is no text.`);
    return index.replace(/^\/+/, '');
  });
}
