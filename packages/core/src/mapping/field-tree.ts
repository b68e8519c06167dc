import { documentEntries, isOrdered } from '../value/collection.js';
import { type DocumentValue, isDocument, type Value } from '../value/value.js';

/** What receives the values of a walk over a record's fields. */
export interface FieldVisitor<Leaf> {
  /** A value at a place that the tree knows. */
  known(leaf: Leaf, value: Value): void;
  /** A value at a place that the tree does not know: in the documents of `parents`, outermost first, under a name. */
  unknown(parents: readonly string[], name: string, value: Value): void;
}

/** Known places in a record by their paths, compiled once and walked for every record. */
export interface FieldTree<Leaf> {
  add(path: readonly string[], leaf: Leaf): void;
  /** Hands every field to the visitor. With `flatten`, non-empty documents are opened, except at known places. */
  visit(fields: DocumentValue, flatten: boolean, visitor: FieldVisitor<Leaf>): void;
}

interface FieldNode<Leaf> {
  leaf: { readonly value: Leaf } | undefined;
  readonly children: Map<string, FieldNode<Leaf>>;
}

const noPath: readonly string[] = [];

/** An empty tree. */
export function createFieldTree<Leaf>(): FieldTree<Leaf> {
  const root: FieldNode<Leaf> = { leaf: undefined, children: new Map() };

  const visitField = (
    node: FieldNode<Leaf> | undefined,
    path: readonly string[],
    name: string,
    value: Value,
    flatten: boolean,
    visitor: FieldVisitor<Leaf>,
  ): void => {
    const child = node?.children.get(name);
    if (child?.leaf !== undefined) visitor.known(child.leaf.value, value);
    else if (
      typeof value === 'object' &&
      (flatten || (child !== undefined && child.children.size > 0)) &&
      isDocument(value) &&
      documentEntries(value).length > 0
    ) {
      visitFields(child, [...path, name], value, flatten, visitor);
    } else visitor.unknown(path, name, value);
  };
  const visitFields = (
    node: FieldNode<Leaf> | undefined,
    path: readonly string[],
    fields: DocumentValue,
    flatten: boolean,
    visitor: FieldVisitor<Leaf>,
  ): void => {
    if (isOrdered(fields))
      for (const [name, value] of fields.entries) visitField(node, path, name, value, flatten, visitor);
    else for (const name of Object.keys(fields)) visitField(node, path, name, fields[name] as Value, flatten, visitor);
  };

  return {
    add(path, leaf) {
      let node = root;
      for (const name of path) {
        let child = node.children.get(name);
        if (child === undefined) {
          child = { leaf: undefined, children: new Map() };
          node.children.set(name, child);
        }
        node = child;
      }
      node.leaf = { value: leaf };
    },
    visit: (fields, flatten, visitor) => visitFields(root, noPath, fields, flatten, visitor),
  };
}

/** Puts a value at a path of a document under construction, making the documents on the way. A document that is already there is merged with, anything else is replaced. */
export function placeAt(document: Map<string, Value | MutableFields>, path: readonly string[], value: Value): void {
  let node: MutableFields = document;
  for (const name of path.slice(0, -1)) {
    const child = node.get(name);
    if (child instanceof Map) node = child;
    else {
      const made: MutableFields = new Map();
      if (child !== undefined && isDocument(child))
        for (const [inner, innerValue] of documentEntries(child)) made.set(inner, innerValue);
      node.set(name, made);
      node = made;
    }
  }
  const last = path[path.length - 1];
  if (last !== undefined) node.set(last, value);
}

/** Fields under construction: values by name, or fields one level further down. */
export interface MutableFields extends Map<string, Value | MutableFields> {}
