import {
  type DocumentValue,
  documentFrom,
  double,
  isDocument,
  setField,
  taggedValue,
  type Value,
} from '@datamigrato/core';
import { type Branch, isBranch, isList, type Node, priorityMember, valueMember } from './node.js';
import { areGuarded, areIndices, fieldNameOf, unguardedName } from './node-name.js';

/**
 * The fields of a record from its node, which is used up.
 *
 * - Children are fields. A leaf is the one field `.value`, and a priority the field `.priority`, as in an export of the database.
 * - A record without fields stands in a wrapper, since no node is empty.
 */
export function decodeRecord(node: Node): DocumentValue {
  if (isList(node)) return decodeChildren(membersOf(node));
  if (!isBranch(node)) return { [valueMember]: decodeLeaf(node) };
  const wrapped = wrappedRecord(node);
  if (wrapped !== undefined) return wrapped;
  return Object.hasOwn(node, valueMember) ? (node as DocumentValue) : decodeChildren(node);
}

/** A record whose node is nothing but the wrapper of a document. */
function wrappedRecord(node: Branch): DocumentValue | undefined {
  if (!isWrappedRecord(node)) return undefined;
  const document = taggedValue(node);
  return document !== undefined && isDocument(document) ? document : undefined;
}

/** Whether fields are those of the wrapper of a document, and no others. */
export function isWrappedRecord(fields: { readonly [name: string]: unknown }): boolean {
  return (
    fields['@dm'] === 'document' &&
    Object.hasOwn(fields, '@dm') &&
    Object.hasOwn(fields, 'v') &&
    typeof fields['v'] === 'string' &&
    Object.keys(fields).length === 2
  );
}

function decodeValue(node: Node): Value {
  if (typeof node !== 'object') return decodeLeaf(node);
  if (node === null) return null;
  if (isList(node)) {
    const members = membersOf(node);
    return Object.keys(members).length === node.length ? node.map(decodeValue) : decodeChildren(members);
  }
  if (Object.hasOwn(node, valueMember)) return node as Value;
  const names = Object.keys(node);
  // Integer names come first in an object, and in order.
  if (names[0] === '0' && areIndices(names)) return names.map((name) => decodeValue(node[name] as Node));
  return decodeChildren(node);
}

function decodeLeaf(node: Exclude<Node, object>): Value {
  return node === 0 && Object.is(node, -0) ? double(-0) : node;
}

/** A document of children, in place where no name changes. */
function decodeChildren(node: Branch): DocumentValue {
  const names = Object.keys(node);
  if (!names.some((name) => name.includes('%'))) {
    const document = node as Record<string, Value>;
    for (const name of names) {
      const child = node[name] as Node;
      const value = decodeValue(child);
      if (value !== child) setField(document, name, value);
    }
    return document;
  }
  const guarded = areGuarded(names.filter((name) => name !== priorityMember));
  return documentFrom(
    names.map((name) => {
      const plain = name === priorityMember ? name : guarded ? unguardedName(name) : fieldNameOf(name);
      return [plain, decodeValue(node[name] as Node)] as const;
    }),
  );
}

/** The children of an array that a server made of them: holes are no children. */
function membersOf(node: readonly Node[]): Branch {
  return Object.fromEntries(node.flatMap((child, index) => (child === null ? [] : [[String(index), child] as const])));
}
