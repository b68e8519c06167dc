import type { Identity } from '../access/identity.js';
import { indexName, type Query } from '../query/query.js';
import type { Path } from '../tree/path.js';
import { Branch, type TreeNode } from '../tree/tree-node.js';
import { RuleSnapshot, type TreeView } from './rule-snapshot.js';
import { type Condition, parseRuleTree, type RuleNode } from './rule-tree.js';
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
    for (const step of this.#steps(path)) {
      const asked = step.at.length === path.length ? query : undefined;
      if (holds(step.node.read, () => scopeOf(request, request.before, step, asked), false)) return true;
    }
    return false;
  }

  /**
   * A place may be written where a rule there or above says so, and no rule above, there or below finds what would stand there invalid.
   *
   * @param after the data as they would be, with everything else that the request writes
   */
  mayWrite(request: JudgedRequest, after: TreeView, path: Path): boolean {
    if (request.identity.type === 'owner') return true;
    const scope = (step: RuleStep) => (): RuleScope => scopeOf(request, after, step);
    return this.#allowsWrite(path, scope) && (!this.#root.validates || this.#isValid(path, after, scope));
  }

  #allowsWrite(path: Path, scope: ScopeOf): boolean {
    for (const step of this.#steps(path)) if (holds(step.node.write, scope(step), false)) return true;
    return false;
  }

  #isValid(path: Path, after: TreeView, scope: ScopeOf): boolean {
    let last: RuleStep | undefined;
    for (const step of this.#steps(path)) {
      last = step;
      const { validate } = step.node;
      if (validate !== undefined && after(step.at) !== undefined && !holds(validate, scope(step), true)) return false;
    }
    return last?.at.length !== path.length || isValidBelow(last, after(path), scope);
  }

  /** True where the children at `path` are indexed by `index`, a child path or `.value`. */
  hasIndex(path: Path, index: string): boolean {
    const steps = [...this.#steps(path)];
    return steps.length === path.length + 1 && steps.at(-1)?.node.indexes.has(index) === true;
  }

  /** The rules from the root to a path, as far down as there are any. */
  *#steps(path: Path): Generator<RuleStep> {
    let step: RuleStep | undefined = { node: this.#root, at: [], variables: new Map() };
    yield step;
    for (const key of path) {
      step = stepBelow(step, key);
      if (step === undefined) return;
      yield step;
    }
  }
}

/** Gives what an expression can refer to at a step; only asked where there is an expression. */
type ScopeOf = (step: RuleStep) => () => RuleScope;

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

function isValidBelow(step: RuleStep, data: TreeNode | undefined, scope: ScopeOf): boolean {
  if (!(data instanceof Branch) || !step.node.validates) return true;
  for (const [key, child] of data.children) {
    const next = stepBelow(step, key);
    if (next === undefined) continue;
    if (!holds(next.node.validate, scope(next), true) || !isValidBelow(next, child, scope)) return false;
  }
  return true;
}

function holds(rule: Condition | undefined, scope: () => RuleScope, whenMissing: boolean): boolean {
  if (rule === undefined) return whenMissing;
  if (typeof rule === 'boolean') return rule;
  try {
    return rule(scope()) === true;
  } catch (error) {
    if (error instanceof EvaluationFailure) return false;
    throw error;
  }
}

function scopeOf(
  { identity, now, before }: JudgedRequest,
  after: TreeView,
  { at, variables }: RuleStep,
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
