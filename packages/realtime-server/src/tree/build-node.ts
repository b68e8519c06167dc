import { isJsonObject, type JsonObject } from '../json-object.js';
import type { RealtimeLimits } from '../limits.js';
import { refusals } from '../request-refusal.js';
import { resolveServerValue } from './server-value.js';
import { Branch, type Leaf, PrioritizedLeaf, type Priority, priorityOf, type TreeNode } from './tree-node.js';

/** What the conversion of one request's data needs to know. */
export interface BuildContext {
  readonly limits: RealtimeLimits;
  /** Milliseconds since 1970 that `{".sv": "timestamp"}` stands for. */
  readonly now: number;
}

/** Of the first 128 characters those that keys may not have: `. $ # [ ] /`, U+0000 to U+001F and U+007F. */
const isForbidden = Uint8Array.from({ length: 128 }, (_, code) =>
  code < 32 || code === 127 || '.$#[]/'.includes(String.fromCharCode(code)) ? 1 : 0,
);

/** True where a text has no character that keys may not have. */
export function hasKeyCharactersOnly(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (isForbidden[text.charCodeAt(index)] === 1) return false;
  }
  return true;
}

/** Throws unless `key` may be the name of a child. */
export function checkKey(key: string, limits: RealtimeLimits): void {
  if (key === '' || !hasKeyCharactersOnly(key)) throw refusals.invalidKey(key);
  if (key.length * 3 > limits.keyBytes && Buffer.byteLength(key) > limits.keyBytes) {
    throw refusals.invalidData(`key is longer than ${limits.keyBytes} bytes.`);
  }
}

/**
 * The node that JSON data stands for: arrays become children by index, empty objects and nulls vanish, `.value`, `.priority` and
 * `.sv` are understood.
 *
 * @param current what stands at the place that is written, for increments
 * @param depth keys between the root and the node
 * @throws RequestRefusal where no such node may be stored
 */
export function buildNode(
  data: unknown,
  current: TreeNode | undefined,
  depth: number,
  context: BuildContext,
): TreeNode | undefined {
  if (data === null || data === undefined) return undefined;
  if (!isJsonObject(data)) {
    return Array.isArray(data)
      ? buildBranch(Object.fromEntries(Object.entries(data)), current, depth, context)
      : checkedLeaf(data, depth, context.limits);
  }
  if ('.sv' in data) return checkedLeaf(serverValue(data, current, context), depth, context.limits);
  if ('.value' in data) return buildPrioritizedLeaf(data, current, depth, context);
  return buildBranch(data, current, depth, context);
}

/** The priority that JSON data stands for; null is none. */
export function buildPriority(
  data: unknown,
  current: Priority | undefined,
  context: BuildContext,
): Priority | undefined {
  const value = typeof data === 'object' && data !== null && '.sv' in data ? serverValue(data, current, context) : data;
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value;
  throw refusals.invalidData('a priority must be a string, a number or null.');
}

function buildBranch(
  data: JsonObject,
  current: TreeNode | undefined,
  depth: number,
  context: BuildContext,
): Branch | undefined {
  checkDepth(depth, context.limits);
  const branch = new Branch();
  for (const key of Object.keys(data)) {
    if (key === '.priority') {
      branch.priority = buildPriority(data[key], priorityOf(current), context);
      continue;
    }
    checkKey(key, context.limits);
    const currentChild = current instanceof Branch ? current.get(key) : undefined;
    const child = buildNode(data[key], currentChild, depth + 1, context);
    if (child !== undefined) branch.set(key, child);
  }
  return branch.size === 0 ? undefined : branch;
}

function buildPrioritizedLeaf(
  data: JsonObject,
  current: TreeNode | undefined,
  depth: number,
  context: BuildContext,
): TreeNode | undefined {
  const stray = Object.keys(data).find((key) => key !== '.value' && key !== '.priority');
  if (stray !== undefined) throw refusals.invalidData('.value stands beside other children.');
  const given = data['.value'];
  const value = isJsonObject(given) && '.sv' in given ? serverValue(given, current, context) : given;
  const priority = '.priority' in data ? buildPriority(data['.priority'], priorityOf(current), context) : undefined;
  if (value === null) return undefined;
  const leaf = checkedLeaf(value, depth, context.limits);
  return priority === undefined ? leaf : new PrioritizedLeaf(leaf, priority);
}

function serverValue(data: JsonObject, current: TreeNode | undefined, context: BuildContext): Leaf {
  if (Object.keys(data).length > 1) throw refusals.invalidData('.sv stands beside other children.');
  return resolveServerValue(data['.sv'], current, context.now);
}

function checkDepth(depth: number, limits: RealtimeLimits): void {
  if (depth > limits.depth) {
    throw refusals.invalidData(`path specified exceeds the maximum depth that can be written (${limits.depth}).`);
  }
}

function checkedLeaf(value: unknown, depth: number, limits: RealtimeLimits): Leaf {
  checkDepth(depth, limits);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw refusals.invalidData('a number is out of range.');
    return value === 0 ? 0 : value;
  }
  if (typeof value === 'string') {
    if (value.length * 3 > limits.stringBytes && Buffer.byteLength(value) > limits.stringBytes) {
      throw refusals.invalidData(`a string is longer than ${limits.stringBytes} utf8 bytes.`);
    }
    return value;
  }
  throw refusals.invalidData('.value must be a string, a number, a boolean or null.');
}
