import { isRecord } from '../access/credentials.js';
import type { Identity } from '../access/identity.js';
import type { Path } from '../tree/path.js';
import { RulesError } from './rules-error.js';
import { withoutComments } from './without-comments.js';

/** Everything allowed, no index: what a server that was told nothing uses. */
export const openRules = '{"rules":{".read":true,".write":true}}';

/** Who may read and write which places, and which indexes are defined. */
export class Rules {
  /** The text as it was given. */
  readonly text: string;
  readonly #root: RuleNode;

  /** @throws RulesError where the text is no JSON or says what is not understood */
  constructor(text: string) {
    this.text = text;
    this.#root = parseRules(text);
  }

  mayRead(identity: Identity, path: Path): boolean {
    return identity.type === 'owner' || this.#nodesDownTo(path).some((node) => node.read);
  }

  mayWrite(identity: Identity, path: Path): boolean {
    return identity.type === 'owner' || this.#nodesDownTo(path).some((node) => node.write);
  }

  /** True where the children at `path` are indexed by `index`, a child path or `.value`. */
  hasIndex(path: Path, index: string): boolean {
    const nodes = this.#nodesDownTo(path);
    return nodes.length === path.length + 1 && nodes.at(-1)?.indexes.has(index) === true;
  }

  /** The rules from the root to a path, as far down as there are any. */
  #nodesDownTo(path: Path): RuleNode[] {
    const nodes = [this.#root];
    let node: RuleNode | undefined = this.#root;
    for (const key of path) {
      node = node.children.get(key) ?? node.wildcard;
      if (node === undefined) break;
      nodes.push(node);
    }
    return nodes;
  }
}

interface RuleNode {
  readonly read: boolean;
  readonly write: boolean;
  readonly indexes: ReadonlySet<string>;
  readonly children: ReadonlyMap<string, RuleNode>;
  readonly wildcard: RuleNode | undefined;
}

function parseRules(text: string): RuleNode {
  let parsed: unknown;
  try {
    parsed = JSON.parse(withoutComments(text));
  } catch (error) {
    throw error instanceof SyntaxError ? new RulesError(`The rules are no JSON: ${error.message}`) : error;
  }
  if (!isRecord(parsed) || !isRecord(parsed['rules'])) throw new RulesError('The rules lack the object "rules".');
  return parseNode(parsed['rules'], '/');
}

function parseNode(given: Record<string, unknown>, place: string): RuleNode {
  const children = new Map<string, RuleNode>();
  let wildcard: RuleNode | undefined;
  for (const [key, value] of Object.entries(given)) {
    if (key.startsWith('.')) {
      if (!['.read', '.write', '.indexOn'].includes(key)) throw new RulesError(`${place}: ${key} is not supported.`);
      continue;
    }
    if (!isRecord(value)) throw new RulesError(`${place}${key}: not an object.`);
    const child = parseNode(value, `${place}${key}/`);
    if (key.startsWith('$')) wildcard = child;
    else children.set(key, child);
  }
  return {
    read: parseCondition(given['.read'], `${place}.read`),
    write: parseCondition(given['.write'], `${place}.write`),
    indexes: new Set(parseIndexes(given['.indexOn'], `${place}.indexOn`)),
    children,
    wildcard,
  };
}

function parseCondition(given: unknown, place: string): boolean {
  if (given === undefined || given === false || given === 'false') return false;
  if (given === true || given === 'true') return true;
  throw new RulesError(`${place}: only true and false are supported.`);
}

function parseIndexes(given: unknown, place: string): string[] {
  if (given === undefined) return [];
  if (typeof given === 'string') return [given];
  if (!Array.isArray(given)) throw new RulesError(`${place}: neither a text nor an array.`);
  return given.map((each: unknown) => {
    if (typeof each !== 'string') throw new RulesError(`${place}: an index is no text.`);
    return each;
  });
}
