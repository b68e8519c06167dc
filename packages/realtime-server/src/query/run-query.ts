import { compareKeys, maximumKey, minimumKey } from '../tree/key-order.js';
import { Branch, type DerivedKind, nodeAt, priorityOf, type TreeNode } from '../tree/tree-node.js';
import { compareIndexValues, type IndexValue, indexValueOf } from '../tree/value-order.js';
import { indexName, type Query, type QueryBound, type QueryIndex } from './query.js';

const sortedKind: DerivedKind<readonly string[]> = {
  name: 'sorted',
  is: (value): value is readonly string[] => Array.isArray(value),
};

/** The keys of the children that a query chooses, in the order of its index; costs the page and a binary search. */
export function runQuery(node: TreeNode | undefined, query: Query): readonly string[] {
  if (!(node instanceof Branch)) return [];
  const keys = keysByIndex(node, query.index);
  const from = query.start === undefined ? 0 : position(node, keys, query.index, query.start, 'start');
  const to = query.end === undefined ? keys.length : position(node, keys, query.index, query.end, 'end');
  if (query.limit === undefined) return keys.slice(from, Math.max(from, to));
  const { count, from: side } = query.limit;
  return side === 'first'
    ? keys.slice(from, Math.max(from, Math.min(to, from + count)))
    : keys.slice(Math.max(from, to - count), Math.max(from, to));
}

function keysByIndex(branch: Branch, index: QueryIndex): readonly string[] {
  if (index.type === 'key') return branch.sortedKeys();
  return branch.derive(sortedKind, indexName(index), () => {
    const entries = branch.sortedKeys().map((key) => ({ key, value: valueInIndex(branch, key, index) }));
    // Keys are in order already and sorting keeps the order of equal values.
    return entries.sort((left, right) => compareIndexValues(left.value, right.value)).map(({ key }) => key);
  });
}

function valueInIndex(branch: Branch, key: string, index: QueryIndex): IndexValue {
  const child = branch.get(key);
  if (index.type === 'priority') return priorityOf(child);
  return indexValueOf(index.type === 'child' ? nodeAt(child, index.path) : child);
}

/** How many of the sorted keys lie before the bound. */
function position(
  branch: Branch,
  keys: readonly string[],
  index: QueryIndex,
  bound: QueryBound,
  end: 'start' | 'end',
): number {
  const isBefore = beforeBound(index, bound, end);
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const key = keys[middle] ?? '';
    if (isBefore(key, index.type === 'key' ? undefined : valueInIndex(branch, key, index))) low = middle + 1;
    else high = middle;
  }
  return low;
}

function beforeBound(
  index: QueryIndex,
  bound: QueryBound,
  end: 'start' | 'end',
): (key: string, value: IndexValue) => boolean {
  // Of children that equal the bound, an inclusive start keeps and an inclusive end keeps: they are before the end, not the start.
  const equalIsBefore = (end === 'end') === bound.inclusive;
  if (index.type === 'key') {
    const boundKey = String(bound.value);
    return (key) => {
      const order = compareKeys(key, boundKey);
      return order < 0 || (order === 0 && equalIsBefore);
    };
  }
  const boundValue = bound.value ?? undefined;
  const boundKey = bound.key ?? (equalIsBefore ? maximumKey : minimumKey);
  return (key, value) => {
    const order = compareIndexValues(value, boundValue) || compareKeys(key, boundKey);
    return order < 0 || (order === 0 && equalIsBefore);
  };
}
