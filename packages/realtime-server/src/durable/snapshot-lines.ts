import type { Database, Replacement } from '../database/database.js';
import { RequestRefusal } from '../request-refusal.js';
import { nodeText } from '../tree/node-text.js';
import type { Path } from '../tree/path.js';
import { Branch, type TreeNode } from '../tree/tree-node.js';
import { entryLine } from './log-entry.js';

const lineCharacters = 1_000_000;

/** Lines that make an empty database what a database is now, each of about a megabyte at most where leaves allow it. */
export function* snapshotLines(database: Database): Generator<Buffer> {
  const namespace = database.name;
  yield entryLine({ type: 'rules', namespace, text: database.rules.text });
  let replacements: Replacement[] = [];
  let characters = 0;
  for (const { replacement, size } of partsOf([], database.tree.root)) {
    if (characters + size > lineCharacters && replacements.length > 0) {
      yield entryLine({ type: 'replaced', namespace, replacements });
      replacements = [];
      characters = 0;
    }
    replacements.push(replacement);
    characters += size;
  }
  if (replacements.length > 0) yield entryLine({ type: 'replaced', namespace, replacements });
}

interface Part {
  readonly replacement: Replacement;
  /** Characters of its text. */
  readonly size: number;
}

/** A node in parts of at most a line's length, each of which can be put in its place after those before. */
function* partsOf(path: Path, node: TreeNode | undefined): Generator<Part> {
  if (node === undefined) return;
  const size = sizeWithin(node, lineCharacters);
  if (size !== undefined || !(node instanceof Branch)) {
    yield { replacement: { type: 'node', path, node }, size: size ?? lineCharacters };
    return;
  }
  for (const [key, child] of node.children) yield* partsOf(path.concat(key), child);
  const { priority } = node;
  if (priority !== undefined) yield { replacement: { type: 'priority', path, priority }, size: 0 };
}

/** Characters of a node's text; `undefined` where there are more than `maximum`. */
function sizeWithin(node: TreeNode, maximum: number): number | undefined {
  try {
    return nodeText(node, 'export', maximum).length;
  } catch (error) {
    if (error instanceof RequestRefusal) return undefined;
    throw error;
  }
}
