import type { Identity } from '../access/identity.js';
import type { ChangeLog } from '../durable/change-log.js';
import type { RealtimeLimits } from '../limits.js';
import { indexName, type Query, type QueryIndex } from '../query/query.js';
import { refusals } from '../request-refusal.js';
import type { Rules } from '../rules/rules.js';
import { type BuildContext, buildNode, buildPriority, checkKey } from '../tree/build-node.js';
import { DataTree } from '../tree/data-tree.js';
import { type Path, pathText } from '../tree/path.js';
import { PushIds } from '../tree/push-id.js';
import { nodeAt, type Priority, priorityOf, type TreeNode } from '../tree/tree-node.js';
import type { Subscription } from './subscription.js';

/** A place and the JSON data that is to stand there. */
export interface Assignment {
  /** Below the place that the request names; may end in `.priority`. */
  readonly path: Path;
  readonly data: unknown;
}

/** What a request replaced: the node at a place, or its priority alone. */
export type Replacement =
  | { readonly type: 'node'; readonly path: Path; readonly node: TreeNode | undefined }
  | { readonly type: 'priority'; readonly path: Path; readonly priority: Priority | undefined };

/** One namespace: its data and those who listen to it. */
export class Database {
  readonly name: string;
  readonly tree = new DataTree();
  readonly limits: RealtimeLimits;
  #rules: Rules;
  readonly #log: () => ChangeLog;
  readonly #clock: () => number;
  readonly #subscriptions = new Set<Subscription>();
  readonly #pushIds = new PushIds();

  constructor(
    name: string,
    options: { limits: RealtimeLimits; rules: Rules; log: () => ChangeLog; clock: () => number },
  ) {
    this.name = name;
    this.#rules = options.rules;
    this.limits = options.limits;
    this.#log = options.log;
    this.#clock = options.clock;
  }

  /**
   * Replaces what stands at places below `base`, all of them or, where one may not be written, none.
   * Whoever listens has been told when this returns.
   */
  write(base: Path, assignments: readonly Assignment[]): readonly Replacement[] {
    const context: BuildContext = { limits: this.limits, now: this.#clock() };
    checkDisjoint(assignments);
    checkPath(
      isPriority(base) && assignments.every(({ path }) => path.length === 0) ? base.slice(0, -1) : base,
      this.limits,
    );
    const start = this.tree.get(base);
    const replacements = assignments.map(({ path, data }) => this.#replacement(base, path, data, start, context));
    if (replacements.length > 0) {
      this.#log().replaced(this.name, replacements);
      this.#replace(replacements);
      this.#announce(base, replacements);
      this.#log().changed();
    }
    return replacements;
  }

  /** {@link write}, on behalf of somebody who may not be allowed to. */
  writeAs(identity: Identity, base: Path, assignments: readonly Assignment[]): readonly Replacement[] {
    this.checkWrite(identity, base, assignments);
    return this.write(base, assignments);
  }

  /** Throws unless all these places may be written. */
  checkWrite(identity: Identity, base: Path, assignments: readonly Assignment[]): void {
    if (base[0] === '.info') throw refusals.permissionDenied();
    if (identity.type === 'owner') return;
    for (const { path } of assignments) {
      if (!this.#rules.mayWrite(identity, base.concat(path))) throw refusals.permissionDenied();
    }
  }

  mayRead(identity: Identity, path: Path, _query?: Query): boolean {
    return this.#rules.mayRead(identity, path);
  }

  /** True where children at a place may be asked for in the order of an index; keys and priorities always may. */
  isIndexed(path: Path, index: QueryIndex): boolean {
    return index.type === 'key' || index.type === 'priority' || this.#rules.hasIndex(path, indexName(index));
  }

  get rules(): Rules {
    return this.#rules;
  }

  /** Puts other rules in force. */
  changeRules(rules: Rules): void {
    this.#log().rulesChanged(this.name, rules.text);
    this.#rules = rules;
    this.#log().changed();
  }

  /** Takes over what a log says of earlier times. */
  restore(earlier: { readonly rules: Rules } | { readonly replacements: readonly Replacement[] }): void {
    if ('rules' in earlier) this.#rules = earlier.rules;
    else this.#replace(earlier.replacements);
  }

  #replace(replacements: readonly Replacement[]): void {
    for (const each of replacements) {
      if (each.type === 'node') this.tree.set(each.path, each.node);
      else this.tree.setPriority(each.path, each.priority);
    }
  }

  /** Tells subscriptions what was replaced. */
  #announce(base: Path, replacements: readonly Replacement[]): void {
    if (this.#subscriptions.size === 0) return;
    const paths = replacements.map(({ path }) => path);
    const shortest = paths.reduce((least, path) => Math.min(least, path.length), base.length);
    const change = { base: base.slice(0, shortest), paths };
    for (const subscription of this.#subscriptions) subscription.announce(change, this.tree, this.limits.readBytes);
  }

  /** Begins to tell a subscription of changes. */
  subscribe(subscription: Subscription): void {
    this.#subscriptions.add(subscription);
  }

  unsubscribe(subscription: Subscription): void {
    this.#subscriptions.delete(subscription);
  }

  /** A name for a new child. */
  pushId(): string {
    return this.#pushIds.next(this.#clock());
  }

  #replacement(
    base: Path,
    relative: Path,
    data: unknown,
    start: TreeNode | undefined,
    context: BuildContext,
  ): Replacement {
    const whole = base.concat(relative);
    if (isPriority(whole)) {
      const path = whole.slice(0, -1);
      checkPath(relative.slice(0, -1), this.limits);
      return { type: 'priority', path, priority: buildPriority(data, priorityOf(this.tree.get(path)), context) };
    }
    checkPath(relative, this.limits);
    return { type: 'node', path: whole, node: buildNode(data, nodeAt(start, relative), whole.length, context) };
  }
}

function isPriority(path: Path): boolean {
  return path.at(-1) === '.priority';
}

function checkPath(path: Path, limits: RealtimeLimits): void {
  for (const key of path) checkKey(key, limits);
}

/** Throws where one place of a request lies above another, or is named twice. */
function checkDisjoint(assignments: readonly Assignment[]): void {
  if (assignments.length < 2) return;
  const named = new Set<string>();
  let deepest = 0;
  for (const { path } of assignments) {
    const text = pathText(path);
    if (path.length === 0 || named.has(text))
      throw refusals.invalidData(`path ${text} is named twice or above others.`);
    named.add(text);
    deepest = Math.max(deepest, path.length);
  }
  if (deepest < 2) return;
  for (const { path } of assignments) {
    for (let length = 1; length < path.length; length += 1) {
      const ancestor = pathText(path.slice(0, length));
      if (named.has(ancestor)) throw refusals.invalidData(`path ${ancestor} is an ancestor of ${pathText(path)}.`);
    }
  }
}
