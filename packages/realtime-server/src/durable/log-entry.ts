import { crc32 } from 'node:zlib';
import type { Replacement } from '../database/database.js';
import { isJsonObject } from '../json-object.js';
import { documentedLimits } from '../limits.js';
import { buildNode, buildPriority } from '../tree/build-node.js';
import { nodeText } from '../tree/node-text.js';
import { parsePath, pathText } from '../tree/path.js';

/** What one line of a log says happened to a database. */
export type LogEntry =
  | { readonly type: 'replaced'; readonly namespace: string; readonly replacements: readonly Replacement[] }
  | { readonly type: 'rules'; readonly namespace: string; readonly text: string };

/** The line of an entry: CRC-32 of the rest in eight hexadecimal digits, a space, JSON, a line feed. */
export function entryLine(entry: LogEntry): Buffer {
  const namespace = `{"n":${JSON.stringify(entry.namespace)}`;
  if (entry.type === 'rules') return checkedLine(`${namespace},"r":${JSON.stringify(entry.text)}}`);
  return checkedLine(`${namespace},"s":[${entry.replacements.map(replacementText).join(',')}]}`);
}

function replacementText(replacement: Replacement): string {
  const path = pathText(replacement.path);
  if (replacement.type === 'node') {
    return `[${JSON.stringify(path)},${nodeText(replacement.node, 'export', Number.POSITIVE_INFINITY)}]`;
  }
  return `[${JSON.stringify(`${path}/.priority`)},${JSON.stringify(replacement.priority ?? null)}]`;
}

function checkedLine(text: string): Buffer {
  const content = Buffer.from(text, 'utf8');
  return Buffer.concat([Buffer.from(`${checksum(content)} `, 'latin1'), content, Buffer.from('\n', 'latin1')]);
}

function checksum(content: Buffer): string {
  return crc32(content).toString(16).padStart(8, '0');
}

/** The entry of a line without its line feed; `undefined` where the line is not what was once written. */
export function parseLine(line: Buffer): LogEntry | undefined {
  const content = line.subarray(9);
  if (line.length < 10 || line.toString('latin1', 0, 9) !== `${checksum(content)} `) return undefined;
  const parsed: unknown = JSON.parse(content.toString('utf8'));
  if (!isJsonObject(parsed) || typeof parsed['n'] !== 'string') return undefined;
  const { n: namespace, r: text, s: sets } = parsed;
  if (typeof text === 'string') return { type: 'rules', namespace, text };
  if (!Array.isArray(sets)) return undefined;
  return { type: 'replaced', namespace, replacements: sets.map(parseReplacement) };
}

function parseReplacement(given: unknown): Replacement {
  const [place, data]: unknown[] = Array.isArray(given) ? given : [];
  const path = parsePath(typeof place === 'string' ? place : '');
  // What was stored has passed the limits of its time already.
  const context = { limits: unlimited, now: 0 };
  if (path.at(-1) === '.priority') {
    return { type: 'priority', path: path.slice(0, -1), priority: buildPriority(data, undefined, context) };
  }
  return { type: 'node', path, node: buildNode(data, undefined, path.length, context) };
}

const unlimited = {
  ...documentedLimits,
  stringBytes: Number.POSITIVE_INFINITY,
  keyBytes: Number.POSITIVE_INFINITY,
  depth: Number.POSITIVE_INFINITY,
};
