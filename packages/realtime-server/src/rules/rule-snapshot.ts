import { type Path, parsePath } from '../tree/path.js';
import { Branch, type Leaf, leafOf, priorityOf, type TreeNode } from '../tree/tree-node.js';

/** Gives what stands at a place, as it is or as it would be. */
export type TreeView = (path: Path) => TreeNode | undefined;

/** What rules call `data`, `newData` and `root`: a place that is only looked at when something is asked about it. */
export class RuleSnapshot {
  readonly path: Path;
  readonly #view: TreeView;

  constructor(view: TreeView, path: Path) {
    this.#view = view;
    this.path = path;
  }

  child(path: string): RuleSnapshot {
    return new RuleSnapshot(this.#view, this.path.concat(parsePath(path)));
  }

  /** The place above; undefined for the root, which has none. */
  parent(): RuleSnapshot | undefined {
    return this.path.length === 0 ? undefined : new RuleSnapshot(this.#view, this.path.slice(0, -1));
  }

  exists(): boolean {
    return this.#node() !== undefined;
  }

  /** A leaf's value, null for an empty place, `undefined` where there are children. */
  value(): Leaf | null | undefined {
    const node = this.#node();
    return node === undefined ? null : leafOf(node);
  }

  priority(): Leaf | null {
    return priorityOf(this.#node()) ?? null;
  }

  hasChild(path: string): boolean {
    return this.child(path).exists();
  }

  /** With names: whether there are all of these; without: whether there is any child. */
  hasChildren(names?: readonly string[]): boolean {
    if (names === undefined) return this.#node() instanceof Branch;
    return names.every((name) => this.hasChild(name));
  }

  #node(): TreeNode | undefined {
    return this.#view(this.path);
  }
}
