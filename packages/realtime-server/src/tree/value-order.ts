import { Branch, type Leaf, leafOf, type TreeNode } from './tree-node.js';

/** What a child is sorted by: a leaf's value, `undefined` where there is none, or a branch, all of which are equal. */
export type IndexValue = Leaf | Branch | undefined;

export function indexValueOf(node: TreeNode | undefined): IndexValue {
  return node instanceof Branch ? node : leafOf(node);
}

/** Order of values in queries: nothing, false, true, numbers, strings by UTF-16 code units, objects. */
export function compareIndexValues(left: IndexValue, right: IndexValue): number {
  const difference = rankOf(left) - rankOf(right);
  if (difference !== 0) return difference;
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') return left === right ? 0 : left < right ? -1 : 1;
  return 0;
}

function rankOf(value: IndexValue): number {
  if (value === undefined) return 0;
  if (typeof value === 'boolean') return value ? 2 : 1;
  if (typeof value === 'number') return 3;
  return typeof value === 'string' ? 4 : 5;
}
