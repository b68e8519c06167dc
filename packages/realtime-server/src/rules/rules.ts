import type { Identity } from '../access/identity.js';
import { indexName, type Query } from '../query/query.js';
import type { Path } from '../tree/path.js';
import { Branch, type TreeNode } from '../tree/tree-node.js';
import type { Expression } from './parse-expression.js';
import { RuleSnapshot, type TreeView } from './rule-snapshot.js';
import { parseRuleTree, type RuleNode } from './rule-tree.js';
import { asRuleValue, EvaluationFailure, type RuleScope, type RuleValue } from './rule-value.js';

/** Everything allowed, no index: what a server that was told nothing uses. */
export const openRules = '{"rules":{".read":true,".write":true}}';

/** A request that rules have to judge. */
export interface JudgedRequest {
  readonly identity: Identity;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The data as they are. */
  readonly before: TreeView;
}

/** Who may read and write which places, what may stand there, and which indexes are defined. */
export class Rules {
  /** The text as it was given. */
  readonly text: string;
  readonly #root: RuleNode;

  /** @throws RulesError where the text is no JSON or says what is not understood */
  constructor(text: string) {
    this.text = text;
    this.#root = parseRuleTree(text);
  }

  /** A place may be read where a rule there or above says so. */
  mayRead(request: JudgedRequest, path: Path, query?: Query): boolean {
    if (request.identity.type === 'owner') return true;
    return this.#steps(path).some(({ node, at, variables }) => {
      const scope = scopeOf(request, request.before, at, variables, at.length === path.length ? query : undefined);
      return holds(node.read, scope, false);
    });
  }

  /**
   * A place may be written where a rule there or above says so, and no rule above, there or below finds what would stand there invalid.
   *
   * @param after the data as they would be, with everything else that the request writes
   */
  mayWrite(request: JudgedRequest, after: TreeView, path: Path): boolean {
    if (request.identity.type === 'owner') return true;
    const steps = this.#steps(path);
    const isAllowed = steps.some(({ node, at, variables }) =>
      holds(node.write, scopeOf(request, after, at, variables), false),
    );
    if (!isAllowed || !this.#root.validates) return isAllowed;
    const isValid = steps.every(
      ({ node, at, variables }) =>
        node.validate === undefined ||
        after(at) === undefined ||
        holds(node.validate, scopeOf(request, after, at, variables), true),
    );
    const last = steps.at(-1);
    if (!isValid || last === undefined || steps.length <= path.length) return isValid;
    return isValidBelow(last, after(path), (step) => scopeOf(request, after, step.at, step.variables));
  }

  /** True where the children at `path` are indexed by `index`, a child path or `.value`. */
  hasIndex(path: Path, index: string): boolean {
    const steps = this.#steps(path);
    return steps.length === path.length + 1 && steps.at(-1)?.node.indexes.has(index) === true;
  }

  /** The rules from the root to a path, as far down as there are any. */
  #steps(path: Path): RuleStep[] {
    let step: RuleStep = { node: this.#root, at: [], variables: new Map() };
    const steps = [step];
    for (const key of path) {
      const next = stepBelow(step, key);
      if (next === undefined) break;
      steps.push(next);
      step = next;
    }
    return steps;
  }
}

/** Rules, the place for which they are looked at, and what their `$names` stand for there. */
interface RuleStep {
  readonly node: RuleNode;
  readonly at: Path;
  readonly variables: ReadonlyMap<string, string>;
}

function stepBelow({ node, at, variables }: RuleStep, key: string): RuleStep | undefined {
  const below = at.concat(key);
  const own = node.children.get(key);
  if (own !== undefined) return { node: own, at: below, variables };
  if (node.wildcard === undefined) return undefined;
  return { node: node.wildcard.node, at: below, variables: new Map(variables).set(node.wildcard.name, key) };
}

function isValidBelow(step: RuleStep, data: TreeNode | undefined, scope: (step: RuleStep) => RuleScope): boolean {
  if (!(data instanceof Branch) || !step.node.validates) return true;
  for (const [key, child] of data.children) {
    const next = stepBelow(step, key);
    if (next === undefined) continue;
    if (!holds(next.node.validate, scope(next), true) || !isValidBelow(next, child, scope)) return false;
  }
  return true;
}

function holds(rule: Expression | undefined, scope: RuleScope, whenMissing: boolean): boolean {
  if (rule === undefined) return whenMissing;
  try {
    return rule(scope) === true;
  } catch (error) {
    if (error instanceof EvaluationFailure) return false;
    throw error;
  }
}

function scopeOf(
  { identity, now, before }: JudgedRequest,
  after: TreeView,
  at: Path,
  variables: ReadonlyMap<string, string>,
  query?: Query,
): RuleScope {
  return {
    auth: identity.type === 'user' ? asRuleValue(identity.auth) : null,
    now,
    root: new RuleSnapshot(before, []),
    data: new RuleSnapshot(before, at),
    newData: new RuleSnapshot(after, at),
    query: queryValue(query),
    variables,
  };
}

/** What rules call `query`: how the children are sorted, from where to where, and how many at most. */
function queryValue(query: Query | undefined): RuleValue {
  const index = query === undefined || query.index.type === 'priority' ? null : indexName(query.index);
  const orders = {
    orderByKey: index === '.key',
    orderByValue: index === '.value',
    orderByPriority: query?.index.type === 'priority' || query === undefined,
    orderByChild: query?.index.type === 'child' ? index : null,
  };
  const { start, end, limit } = query ?? {};
  const equal =
    start !== undefined && end !== undefined && start.value === end.value && start.inclusive && end.inclusive;
  return {
    ...orders,
    startAt: start?.value ?? null,
    endAt: end?.value ?? null,
    equalTo: equal ? start.value : null,
    limitToFirst: limit?.from === 'first' ? limit.count : null,
    limitToLast: limit?.from === 'last' ? limit.count : null,
  };
}
