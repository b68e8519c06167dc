import type { Identity } from '../access/identity.js';
import type { ChangeLog } from '../durable/change-log.js';
import type { RealtimeLimits } from '../limits.js';
import { indexName, type Query, type QueryIndex } from '../query/query.js';
import { refusals } from '../request-refusal.js';
import type { Rules } from '../rules/rules.js';
import { viewWith } from '../rules/view-with.js';
import { type BuildContext, buildNode, buildPriority, checkKey } from '../tree/build-node.js';
import { DataTree } from '../tree/data-tree.js';
import { comparePaths, type Path } from '../tree/path.js';
import { PushIds } from '../tree/push-id.js';
import { nodeAt, type Priority, priorityOf, type TreeNode, withPriority } from '../tree/tree-node.js';
import { type Assignment, checkDisjoint } from './assignment.js';
import type { Subscription } from './subscription.js';

/** What a request replaced: the node at a place, or its priority alone. */
export type Replacement =
  | { readonly type: 'node'; readonly path: Path; readonly node: TreeNode | undefined }
  | { readonly type: 'priority'; readonly path: Path; readonly priority: Priority | undefined };

/** A write that may be made, as long as nothing else is written before. */
export interface PreparedWrite {
  /** Makes it. */
  commit(): readonly Replacement[];
}

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
  write(identity: Identity, base: Path, assignments: readonly Assignment[]): readonly Replacement[] {
    return this.prepare(identity, base, assignments).commit();
  }

  /** Checks everything about a write and leaves the moment to the caller. Throws a RequestRefusal where it may not be made. */
  prepare(identity: Identity, base: Path, assignments: readonly Assignment[]): PreparedWrite {
    if (base[0] === '.info') throw refusals.permissionDenied();
    const now = this.#clock();
    const context: BuildContext = { limits: this.limits, now };
    checkDisjoint(assignments);
    const isPriorityAlone = isPriority(base) && assignments.every(({ path }) => path.length === 0);
    checkPath(isPriorityAlone ? base.slice(0, -1) : base, this.limits);
    const start = this.tree.get(base);
    const replacements = assignments.map(({ path, data }) => this.#replacement(base, path, data, start, context));
    this.#permit(identity, replacements, now);
    return {
      commit: () => {
        this.#commit(base, replacements);
        return replacements;
      },
    };
  }

  mayRead(identity: Identity, path: Path, query?: Query): boolean {
    // What clients are told of their connection is no data, and anybody's to ask for.
    if (identity.type === 'owner' || path[0] === '.info') return true;
    return this.#rules.mayRead({ identity, now: this.#clock(), before: (at) => this.tree.get(at) }, path, query);
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
    for (const subscription of this.#subscriptions) subscription.recheck();
  }

  /** Takes over what a log says of earlier times. */
  restore(earlier: { readonly rules: Rules } | { readonly replacements: readonly Replacement[] }): void {
    if ('rules' in earlier) this.#rules = earlier.rules;
    else this.#replace(earlier.replacements);
  }

  /** Throws unless the rules allow all of a write. */
  #permit(identity: Identity, replacements: readonly Replacement[], now: number): void {
    if (identity.type === 'owner') return;
    const before = (path: Path): TreeNode | undefined => this.tree.get(path);
    const after = viewWith(
      before,
      replacements.map((each) =>
        each.type === 'node' ? each : { path: each.path, node: withPriority(before(each.path), each.priority) },
      ),
    );
    for (const { path } of replacements) {
      if (!this.#rules.mayWrite({ identity, now, before }, after, path)) throw refusals.permissionDenied();
    }
  }

  #commit(base: Path, replacements: readonly Replacement[]): void {
    if (replacements.length === 0) return;
    this.#log().replaced(this.name, replacements);
    this.#replace(replacements);
    this.#announce(base, replacements);
    this.#log().changed();
  }

  /**
   * Priorities come last: a node may be made by the same request. Where something is removed the order of paths decides, as it does
   * in the client libraries: a parent that is without children in between loses its priority.
   */
  #replace(replacements: readonly Replacement[]): void {
    const removes = replacements.some((each) => each.type === 'node' && each.node === undefined);
    const ordered =
      removes && replacements.length > 1
        ? replacements.toSorted((left, right) => comparePaths(left.path, right.path))
        : replacements;
    for (const each of ordered) if (each.type === 'node') this.tree.set(each.path, each.node);
    for (const each of ordered) if (each.type === 'priority') this.tree.setPriority(each.path, each.priority);
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
