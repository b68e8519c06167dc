import type { Query } from '../query/query.js';
import { runQuery } from '../query/run-query.js';
import { RequestRefusal, refusals } from '../request-refusal.js';
import type { DataTree } from '../tree/data-tree.js';
import { childrenText, nodeText, objectText, type TextForm } from '../tree/node-text.js';
import { isAtOrBelow, type Path, pathText } from '../tree/path.js';
import { Branch, nodeAt, type TreeNode } from '../tree/tree-node.js';

/** What a subscriber is told: `put` replaces what it knows at `path`, `patch` replaces what it knows at paths below. */
export interface Update {
  readonly type: 'put' | 'patch';
  readonly path: Path;
  /** JSON text: the new data, or an object of new data by relative path. */
  readonly data: string;
}

/** Who is told by a subscription. */
export interface SubscriptionListener {
  updated(update: Update): void;
  /** Whether the subscriber still has the right to hear. */
  mayRead(): boolean;
  /** An update could not be sent, or the right to read is gone; nothing follows. */
  failed(reason: RequestRefusal): void;
}

/** Where data was replaced by one request. */
export interface DataChange {
  /** The place that the request named. */
  readonly base: Path;
  /** Every replaced place, none above another; at or below the base. */
  readonly paths: readonly Path[];
}

/** Interest in a place, as a whole or in the children that a query chooses. */
export class Subscription {
  readonly path: Path;
  readonly query: Query | undefined;
  readonly #form: TextForm;
  readonly #listener: SubscriptionListener;
  /** The children that a query chose when the subscriber was last told. */
  #window: ReadonlySet<string> = new Set();

  constructor(path: Path, query: Query | undefined, form: TextForm, listener: SubscriptionListener) {
    this.path = path;
    this.query = query;
    this.#form = form;
    this.#listener = listener;
  }

  /** The data as it is, which later updates go on from. Throws `too_big` where that is longer than `maximum`. */
  begin(tree: DataTree, maximum: number): string {
    const node = tree.get(this.path);
    return this.query === undefined ? nodeText(node, this.#form, maximum) : this.#windowText(node, this.query, maximum);
  }

  /** Tells the subscriber what a change means for it, if anything. */
  announce(change: DataChange, tree: DataTree, maximum: number): void {
    let update: Update | undefined;
    try {
      update =
        this.query === undefined
          ? this.#wholeUpdate(change, tree, maximum)
          : this.#windowUpdate(change, this.query, tree, maximum);
    } catch (error) {
      if (!(error instanceof RequestRefusal)) throw error;
      this.#listener.failed(error);
      return;
    }
    if (update !== undefined) this.#listener.updated(update);
  }

  /** Ends the subscription where the subscriber may read the place no more. */
  recheck(): void {
    if (!this.#listener.mayRead()) this.#listener.failed(refusals.permissionDenied());
  }

  #wholeUpdate({ base, paths }: DataChange, tree: DataTree, maximum: number): Update | undefined {
    if (paths.some((path) => isAtOrBelow(this.path, path))) return this.#put(this.path, tree, maximum);
    const below = paths.filter((path) => isAtOrBelow(path, this.path));
    const [only] = below;
    if (only === undefined) return undefined;
    if (below.length === 1) return this.#put(only, tree, maximum);
    const from = isAtOrBelow(base, this.path) ? base : this.path;
    const start = tree.get(from);
    const members = below.map((path): [string, string] => {
      const relative = path.slice(from.length);
      return [pathText(relative), nodeText(nodeAt(start, relative), this.#form, maximum)];
    });
    return { type: 'patch', path: from, data: objectText(members) };
  }

  #put(path: Path, tree: DataTree, maximum: number): Update {
    return { type: 'put', path, data: nodeText(tree.get(path), this.#form, maximum) };
  }

  #windowUpdate({ paths }: DataChange, query: Query, tree: DataTree, maximum: number): Update | undefined {
    const node = tree.get(this.path);
    if (paths.some((path) => isAtOrBelow(this.path, path))) {
      return { type: 'put', path: this.path, data: this.#windowText(node, query, maximum) };
    }
    const touched = new Set<string>();
    for (const path of paths) {
      const key = isAtOrBelow(path, this.path) ? path[this.path.length] : undefined;
      if (key !== undefined) touched.add(key);
    }
    if (touched.size === 0) return undefined;
    const before = this.#window;
    const keys = runQuery(node, query);
    this.#window = new Set(keys);
    const members: [string, string][] = [];
    for (const key of before) if (!this.#window.has(key)) members.push([key, 'null']);
    for (const key of keys) {
      if (!before.has(key) || touched.has(key)) {
        members.push([key, nodeText(nodeAt(node, [key]), this.#form, maximum)]);
      }
    }
    return members.length === 0 ? undefined : { type: 'patch', path: this.path, data: objectText(members) };
  }

  #windowText(node: TreeNode | undefined, query: Query, maximum: number): string {
    const keys = runQuery(node, query);
    this.#window = new Set(keys);
    return node instanceof Branch ? childrenText(node, keys, this.#form, maximum) : 'null';
  }
}
