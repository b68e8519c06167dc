import { isAtOrBelow, type Path } from '../tree/path.js';
import { Branch, nodeAt, priorityOf, type TreeNode } from '../tree/tree-node.js';
import type { TreeView } from './rule-snapshot.js';

/** A view of data as they would be with some places replaced. */
export function viewWith(
  before: TreeView,
  replaced: readonly { readonly path: Path; readonly node: TreeNode | undefined }[],
): TreeView {
  return (path) => {
    const covering = replaced.find((each) => isAtOrBelow(path, each.path));
    if (covering !== undefined) return nodeAt(covering.node, path.slice(covering.path.length));
    const below = replaced.filter((each) => isAtOrBelow(each.path, path));
    return below.length === 0 ? before(path) : merged(before, path, below);
  };
}

function merged(
  before: TreeView,
  path: Path,
  replaced: readonly { readonly path: Path; readonly node: TreeNode | undefined }[],
): TreeNode | undefined {
  const node = before(path);
  const branch = new Branch();
  branch.priority = priorityOf(node);
  if (node instanceof Branch) for (const [key, child] of node.children) branch.set(key, child);
  const view = viewWith(before, replaced);
  for (const key of new Set(replaced.map((each) => each.path[path.length] ?? ''))) {
    const child = view(path.concat(key));
    if (child === undefined) branch.delete(key);
    else branch.set(key, child);
  }
  // A leaf below which nothing is put stays.
  if (branch.size === 0) return node instanceof Branch ? undefined : node;
  return branch;
}
