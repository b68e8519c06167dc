import { SortedKeys } from './sorted-keys.js';

export type Leaf = string | number | boolean;
export type Priority = string | number;

/** A leaf that has a priority; one without is the bare value. */
export class PrioritizedLeaf {
  readonly value: Leaf;
  readonly priority: Priority;

  constructor(value: Leaf, priority: Priority) {
    this.value = value;
    this.priority = priority;
  }
}

/** A node with children, of which there is always at least one once it is part of a tree. */
export class Branch {
  priority: Priority | undefined;
  readonly #children = new Map<string, TreeNode>();
  #order: SortedKeys | undefined;
  /** What was derived from the node and everything below it; forgotten with every change there. */
  #derived: Map<string, unknown> | undefined;

  get size(): number {
    return this.#children.size;
  }

  get children(): ReadonlyMap<string, TreeNode> {
    return this.#children;
  }

  get(key: string): TreeNode | undefined {
    return this.#children.get(key);
  }

  set(key: string, child: TreeNode): void {
    const before = this.#children.size;
    this.#children.set(key, child);
    if (this.#children.size > before) this.#order?.add(key);
  }

  delete(key: string): boolean {
    if (!this.#children.delete(key)) return false;
    this.#order?.remove(key);
    return true;
  }

  /** The children's keys in key order, valid until the next change. */
  sortedKeys(): readonly string[] {
    this.#order ??= new SortedKeys(this.#children.keys());
    return this.#order.list();
  }

  /** To be called for every node on the way to a change. */
  forgetDerived(): void {
    this.#derived = undefined;
  }

  /** `compute`'s result, computed once until the next change at or below this node. */
  derive<Result>(what: DerivedKind<Result>, detail: string, compute: () => Result): Result {
    const name = `${what.name}:${detail}`;
    const known = this.#derived?.get(name);
    if (what.is(known)) return known;
    const result = compute();
    this.#derived ??= new Map();
    this.#derived.set(name, result);
    return result;
  }
}

/** Names what is derived from a branch, and tells its results from everything else. */
export interface DerivedKind<Result> {
  readonly name: string;
  is(value: unknown): value is Result;
}

/** What stands at a path where something stands; an empty place is `undefined`. */
export type TreeNode = Leaf | PrioritizedLeaf | Branch;

export function priorityOf(node: TreeNode | undefined): Priority | undefined {
  return node instanceof Branch || node instanceof PrioritizedLeaf ? node.priority : undefined;
}

/** The value of a leaf, with or without priority; `undefined` for a branch and an empty place. */
export function leafOf(node: TreeNode | undefined): Leaf | undefined {
  if (node instanceof PrioritizedLeaf) return node.value;
  return node instanceof Branch ? undefined : node;
}

/** A copy of a node with another priority; an empty place stays empty. */
export function withPriority(node: TreeNode | undefined, priority: Priority | undefined): TreeNode | undefined {
  const leaf = leafOf(node);
  if (leaf !== undefined) return priority === undefined ? leaf : new PrioritizedLeaf(leaf, priority);
  if (!(node instanceof Branch)) return undefined;
  const copy = new Branch();
  for (const [key, child] of node.children) copy.set(key, child);
  copy.priority = priority;
  return copy;
}

/** The node at a path below `node`. */
export function nodeAt(node: TreeNode | undefined, path: Iterable<string>): TreeNode | undefined {
  let current = node;
  for (const key of path) {
    if (!(current instanceof Branch)) return undefined;
    current = current.get(key);
  }
  return current;
}
