import type { Path } from './path.js';
import { Branch, nodeAt, type Priority, priorityOf, type TreeNode, withPriority } from './tree-node.js';

/** The data of one database: changed in place, never with an empty branch in it. */
export class DataTree {
  #root: TreeNode | undefined;

  get root(): TreeNode | undefined {
    return this.#root;
  }

  get(path: Path): TreeNode | undefined {
    return nodeAt(this.#root, path);
  }

  /**
   * Puts a node in the place of what stands at `path`; `undefined` removes it, and every ancestor that loses its last child.
   * A leaf on the way becomes a branch and keeps its priority, unless there is nothing to put below it.
   */
  set(path: Path, node: TreeNode | undefined): void {
    if (path.length === 0) this.#root = node;
    else if (node === undefined) this.#remove(path);
    else this.#put(path, node);
  }

  /** Gives the node at `path` a priority or takes it away; an empty place stays empty. */
  setPriority(path: Path, priority: Priority | undefined): void {
    const node = this.get(path);
    if (node === undefined) return;
    if (!(node instanceof Branch)) {
      this.set(path, withPriority(node, priority));
      return;
    }
    node.priority = priority;
    node.forgetDerived();
    this.#branchesAbove(path).forEach((branch) => {
      branch.forgetDerived();
    });
  }

  #put(path: Path, node: TreeNode): void {
    const last = path.length - 1;
    let branch = asBranch(this.#root);
    this.#root = branch;
    for (let depth = 0; depth < last; depth += 1) {
      branch.forgetDerived();
      const key = path[depth] ?? '';
      const child = branch.get(key);
      const next = asBranch(child);
      if (next !== child) branch.set(key, next);
      branch = next;
    }
    branch.forgetDerived();
    branch.set(path[last] ?? '', node);
  }

  #remove(path: Path): void {
    const branches = this.#branchesAbove(path);
    if (branches.length < path.length) return;
    for (let depth = path.length - 1; depth >= 0; depth -= 1) {
      const branch = branches[depth];
      const key = path[depth];
      if (branch === undefined || key === undefined || !branch.delete(key)) break;
      if (branch.size > 0) break;
      if (depth === 0) this.#root = undefined;
    }
    for (const branch of branches) branch.forgetDerived();
  }

  /** The branches from the root down to the parent of `path`, as far as there are any. */
  #branchesAbove(path: Path): Branch[] {
    const branches: Branch[] = [];
    let node = this.#root;
    for (const key of path) {
      if (!(node instanceof Branch)) break;
      branches.push(node);
      node = node.get(key);
    }
    return branches;
  }
}

function asBranch(node: TreeNode | undefined): Branch {
  if (node instanceof Branch) return node;
  const branch = new Branch();
  branch.priority = priorityOf(node);
  return branch;
}
