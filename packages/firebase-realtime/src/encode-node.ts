import {
  type DocumentValue,
  documentEntries,
  isArray,
  isBoxed,
  isDocument,
  kindOf,
  setField,
  tagValue,
  type Value,
} from '@datamigrato/core';
import { isWrappedRecord } from './decode-node.js';
import { type Node, priorityMember, valueMember } from './node.js';
import { areIndices, guardedName, looksLikeArray, nameBytesLimit, needGuard, nodeNameOf } from './node-name.js';
import { nameTooLong, textTooLong, textUnwritable, valueUnheld } from './record-fault.js';

/** The longest text of a node, in bytes of UTF-8: https://firebase.google.com/docs/database/usage/limits */
const textBytesLimit = 10 * 1024 * 1024;

/** Names that are no whole numbers and hold nothing to escape. */
const plainName = /^[A-Za-z_@ -][\w -]*$/;

/** A node ready to be sent. */
export interface EncodedNode {
  /** JSON. */
  readonly text: string;
  /** Names from the node to its deepest leaf. */
  readonly levels: number;
}

/** Makes nodes of the fields of records; one encoder serves one entity. */
export class NodeEncoder {
  /** Whether records come from a Realtime Database: only then are `.value` and `.priority` what they are called, and numbers as names left alone. */
  readonly #isHome: boolean;
  readonly #takenForIndices: (names: readonly string[]) => boolean;
  /** Names that stay themselves; they repeat from record to record. */
  readonly #plainNames = new Set<string>();
  #levels = 0;

  constructor(options: { readonly isHome: boolean }) {
    this.#isHome = options.isHome;
    this.#takenForIndices = options.isHome ? areIndices : looksLikeArray;
  }

  /**
   * The node of a record.
   *
   * @throws DatamigratoError of category `record` for a value or name that the database does not take.
   */
  encode(fields: DocumentValue): EncodedNode {
    this.#levels = 0;
    // Only as a whole record could a wrapper be taken for something else.
    if (!Object.hasOwn(fields, '@dm') && this.#isPlain(fields, 0))
      return { text: JSON.stringify(fields), levels: this.#levels };
    this.#levels = 0;
    const node = this.#record(fields);
    return { text: JSON.stringify(node), levels: this.#levels };
  }

  /** Whether a value's own JSON is its node's, which it is for nearly every record. Where it says no, nothing is said of why. */
  #isPlain(value: Value, level: number): boolean {
    switch (typeof value) {
      case 'string':
        return value.length * 3 <= textBytesLimit && value.isWellFormed();
      case 'boolean':
        return true;
      case 'number':
        return Number.isFinite(value);
      case 'object':
        break;
      default:
        return false;
    }
    if (value === null || isBoxed(value)) return false;
    let members = 0;
    this.#reach(level + 1);
    if (isArray(value)) {
      for (const element of value) if (!this.#isPlain(element, level + 1)) return false;
      return value.length > 0;
    }
    for (const name of Object.keys(value)) {
      if (!this.#staysPlain(name) || !this.#isPlain(value[name] as Value, level + 1)) return false;
      members += 1;
    }
    return members > 0;
  }

  /** Whether a name is that of its node whatever names stand beside it. */
  #staysPlain(name: string): boolean {
    if (this.#plainNames.has(name)) return true;
    if (name.length > 100 || !plainName.test(name)) return false;
    if (this.#plainNames.size >= 1000) this.#plainNames.clear();
    this.#plainNames.add(name);
    return true;
  }

  #record(fields: DocumentValue): Node {
    const entries = documentEntries(fields);
    if (entries.length === 0 || (entries.length === 2 && isWrappedRecord(Object.fromEntries(entries)))) {
      this.#levels = 1;
      return tagValue(fields) as Node;
    }
    return this.#children(fields, 1, this.#isHome ? () => false : this.#takenForIndices);
  }

  #value(value: Value, level: number): Node {
    switch (typeof value) {
      case 'string':
        requireText(value);
        return value;
      case 'boolean':
        return value;
      case 'number':
        if (Number.isFinite(value)) return value;
        throw valueUnheld('double');
      case 'object':
        if (value !== null && isArray(value)) return this.#array(value, level);
        if (value !== null && isDocument(value)) return this.#document(value, level);
        throw valueUnheld(kindOf(value));
      default:
        throw valueUnheld(kindOf(value));
    }
  }

  #array(elements: readonly Value[], level: number): Node {
    if (elements.length === 0) throw valueUnheld('array');
    this.#reach(level + 1);
    let encoded: Node[] | undefined;
    for (let index = 0; index < elements.length; index += 1) {
      const element = elements[index] as Value;
      const node = this.#value(element, level + 1);
      if (node === element && encoded === undefined) continue;
      encoded ??= elements.slice(0, index) as Node[];
      encoded.push(node);
    }
    return encoded ?? (elements as readonly Node[]);
  }

  #document(document: DocumentValue, level: number): Node {
    return this.#children(document, level + 1, this.#takenForIndices);
  }

  /** The very document that was given where its JSON is what is to be sent. */
  #children(document: DocumentValue, level: number, takenForIndices: (names: readonly string[]) => boolean): Node {
    const entries = documentEntries(document);
    if (entries.length === 0) throw valueUnheld('document');
    this.#reach(level);
    const names = entries.flatMap(([name, value]) => (this.#isPriority(name, value) ? [] : [name]));
    // Whoever reads a node with a priority takes it for no array.
    const guards = needGuard(names, names.length < entries.length ? () => false : takenForIndices);
    const leaf = this.#isHome ? exportedLeaf(entries, level === 1) : undefined;
    if (leaf !== undefined) return leaf;
    const node: Record<string, Node> = {};
    for (const [name, value] of entries) {
      const nodeName = this.#isPriority(name, value)
        ? name
        : guards
          ? checkedName(guardedName(name))
          : this.#name(name);
      setField(node, nodeName, this.#value(value, level));
    }
    return node;
  }

  #isPriority(name: string, value: Value): boolean {
    return this.#isHome && name === priorityMember && isPriorityValue(value);
  }

  #name(name: string): string {
    return this.#plainNames.has(name) ? name : checkedName(nodeNameOf(name));
  }

  #reach(level: number): void {
    if (level > this.#levels) this.#levels = level;
  }
}

/** A leaf of an export: its value, and its priority, which none but a record may lack. */
function exportedLeaf(entries: readonly (readonly [string, Value])[], isRecord: boolean): Node | undefined {
  if (entries.length > 2) return undefined;
  const value = entries.find(([name]) => name === valueMember)?.[1];
  if (value === undefined || !(isPriorityValue(value) || typeof value === 'boolean')) return undefined;
  if (typeof value === 'string') requireText(value);
  if (entries.length === 1) return isRecord ? value : undefined;
  const priority = entries.find(([name]) => name === priorityMember)?.[1];
  if (priority === undefined || !isPriorityValue(priority)) return undefined;
  return { [valueMember]: value, [priorityMember]: priority };
}

function isPriorityValue(value: Value): value is string | number {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
}

function requireText(text: string): void {
  if (!text.isWellFormed()) throw textUnwritable();
  if (text.length * 3 > textBytesLimit && Buffer.byteLength(text) > textBytesLimit) throw textTooLong(textBytesLimit);
}

function checkedName(name: string): string {
  if (!name.isWellFormed()) throw textUnwritable();
  if (name.length * 3 > nameBytesLimit && Buffer.byteLength(name) > nameBytesLimit) throw nameTooLong(nameBytesLimit);
  return name;
}
