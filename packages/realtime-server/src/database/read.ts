import type { Identity } from '../access/identity.js';
import { indexName, type Query } from '../query/query.js';
import { runQuery } from '../query/run-query.js';
import { refusals } from '../request-refusal.js';
import { childrenText, nodeText, type TextForm } from '../tree/node-text.js';
import { type Path, pathText } from '../tree/path.js';
import { Branch, priorityOf } from '../tree/tree-node.js';
import type { Database } from './database.js';

/** Throws unless the place may be read. */
export function checkReadable(database: Database, identity: Identity, path: Path, query?: Query): void {
  if (!database.mayRead(identity, path, query)) throw refusals.permissionDenied();
}

/** The JSON text of a place. Throws where it may not be read or is too big. */
export function readWhole(database: Database, identity: Identity, path: Path, form: TextForm): string {
  checkReadable(database, identity, path);
  if (path.at(-1) === '.priority') return JSON.stringify(priorityOf(database.tree.get(path.slice(0, -1))) ?? null);
  return nodeText(database.tree.get(path), form, database.limits.readBytes);
}

/** The JSON text of the children that a query chooses. Throws where its index is not defined, too. */
export function readQuery(database: Database, identity: Identity, path: Path, query: Query, form: TextForm): string {
  checkReadable(database, identity, path, query);
  if (!database.isIndexed(path, query.index)) throw refusals.noIndex(indexName(query.index), `/${pathText(path)}`);
  const node = database.tree.get(path);
  if (!(node instanceof Branch)) return 'null';
  return childrenText(node, runQuery(node, query), form, database.limits.readBytes);
}
