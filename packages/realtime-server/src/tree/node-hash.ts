import { createHash } from 'node:crypto';
import { compareKeys } from './key-order.js';
import { Branch, type DerivedKind, type Leaf, leafOf, type Priority, priorityOf, type TreeNode } from './tree-node.js';
import { compareIndexValues } from './value-order.js';

const hashKind: DerivedKind<string> = {
  name: 'hash',
  is: (value): value is string => typeof value === 'string',
};

/** The hash by which clients tell whether they already have a node: base64 of a SHA-1, empty for an empty place. */
export function nodeHash(node: TreeNode | undefined): string {
  if (node === undefined) return '';
  if (node instanceof Branch) {
    return node.derive(hashKind, '', () => childrenHash(node, node.sortedKeys(), node.priority));
  }
  const leaf = leafOf(node);
  return leaf === undefined ? '' : sha1(priorityPart(priorityOf(node)) + leafPart(leaf));
}

/** The hash of an object that holds the chosen children of a branch, given in key order. */
export function childrenHash(branch: Branch, keys: readonly string[], priority?: Priority): string {
  let text = '';
  for (const key of inPriorityOrder(branch, keys)) {
    const hash = nodeHash(branch.get(key));
    if (hash !== '') text += `:${key}:${hash}`;
  }
  return text === '' ? '' : sha1(priorityPart(priority) + text);
}

function inPriorityOrder(branch: Branch, keys: readonly string[]): readonly string[] {
  if (keys.every((key) => priorityOf(branch.get(key)) === undefined)) return keys;
  return [...keys].sort(
    (left, right) =>
      compareIndexValues(priorityOf(branch.get(left)), priorityOf(branch.get(right))) || compareKeys(left, right),
  );
}

function priorityPart(priority: Priority | undefined): string {
  return priority === undefined ? '' : `priority:${leafPart(priority)}:`;
}

function leafPart(value: Leaf): string {
  return `${typeof value}:${typeof value === 'number' ? bitsOf(value) : value}`;
}

const bits = Buffer.alloc(8);

/** The 16 hexadecimal digits of a double, most significant first. */
function bitsOf(value: number): string {
  bits.writeDoubleBE(value);
  return bits.toString('hex');
}

function sha1(text: string): string {
  return createHash('sha1').update(text, 'utf8').digest('base64');
}
