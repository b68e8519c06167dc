import { refusals } from '../request-refusal.js';
import { Branch, type Leaf, PrioritizedLeaf, type Priority, type TreeNode } from './tree-node.js';

/**
 * `export`: everything, with `.priority` and `.value`, never an array. `plain`: without priorities, and what looks like an array is
 * one.
 */
export type TextForm = 'export' | 'plain';

/** The JSON text of a node; `null` for an empty place. Throws `too_big` where it would be longer than `maximum`. */
export function nodeText(node: TreeNode | undefined, form: TextForm, maximum: number): string {
  if (node === undefined) return 'null';
  if (node instanceof Branch) return childrenText(node, node.sortedKeys(), form, maximum, node.priority);
  if (!(node instanceof PrioritizedLeaf)) return leafText(node);
  if (form === 'plain') return leafText(node.value);
  return `{".value":${leafText(node.value)},".priority":${leafText(node.priority)}}`;
}

/** The JSON text of an object that holds the chosen children of a branch; `null` where none is chosen. */
export function childrenText(
  branch: Branch,
  keys: readonly string[],
  form: TextForm,
  maximum: number,
  priority?: Priority,
): string {
  if (keys.length === 0) return 'null';
  if (form === 'plain' && isArrayLike(keys)) return arrayText(branch, keys, maximum);
  let text = '{';
  for (const key of keys) {
    text += `${text.length > 1 ? ',' : ''}${stringText(key)}:${nodeText(branch.get(key), form, maximum)}`;
    if (text.length > maximum) throw refusals.readTooBig();
  }
  if (form === 'export' && priority !== undefined) text += `,".priority":${leafText(priority)}`;
  return `${text}}`;
}

/** The JSON text of an object whose members are JSON texts already. */
export function objectText(members: Iterable<readonly [string, string]>): string {
  let text = '';
  for (const [key, value] of members) text += `${text === '' ? '' : ','}${stringText(key)}:${value}`;
  return `{${text}}`;
}

/** Keys in key order are those of an array where all are indexes and more than half of the places are taken. */
function isArrayLike(keys: readonly string[]): boolean {
  const last = keys.at(-1) ?? '';
  return isIndex(last) && Number(last) < 2 * keys.length && keys.every(isIndex);
}

function isIndex(key: string): boolean {
  return /^(0|[1-9]\d*)$/.test(key);
}

function arrayText(branch: Branch, keys: readonly string[], maximum: number): string {
  let text = '[';
  let next = 0;
  for (const key of keys) {
    text += 'null,'.repeat(Number(key) - next);
    next = Number(key) + 1;
    text += `${nodeText(branch.get(key), 'plain', maximum)},`;
    if (text.length > maximum) throw refusals.readTooBig();
  }
  return `${text.slice(0, -1)}]`;
}

function leafText(value: Leaf): string {
  return typeof value === 'string' ? stringText(value) : String(value);
}

// What JSON writes with a backslash, and a little more; JSON.stringify is a call too slow for the many strings without.
const escaped = /["\\\p{Cc}\p{Cs}]/u;

function stringText(value: string): string {
  return value.length < 64 && !escaped.test(value) ? `"${value}"` : JSON.stringify(value);
}
