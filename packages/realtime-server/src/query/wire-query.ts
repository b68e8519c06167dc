import { refusals } from '../request-refusal.js';
import { parsePath } from '../tree/path.js';
import type { Leaf } from '../tree/tree-node.js';
import type { Query, QueryBound, QueryIndex } from './query.js';

/** Reads the query object of a websocket message; `undefined` where it asks for everything. */
export function parseWireQuery(given: unknown): Query | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given !== 'object') throw refusals.invalidData('a query is no object.');
  const fields: ReadonlyMap<string, unknown> = new Map(Object.entries(given));
  if (fields.size === 0) return undefined;
  const start = wireBound(fields, 'sp', 'sn', 'sin');
  const end = wireBound(fields, 'ep', 'en', 'ein');
  const count = fields.get('l');
  return {
    index: wireIndex(fields.get('i')),
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    ...(typeof count === 'number' ? { limit: { count, from: fields.get('vf') === 'r' ? 'last' : 'first' } } : {}),
  };
}

function wireIndex(name: unknown): QueryIndex {
  if (name === undefined) return { type: 'priority' };
  if (typeof name !== 'string') throw refusals.invalidData('the index of a query is no text.');
  return namedIndex(name);
}

/** The index that is called `.key`, `.value`, `.priority` or by a child path. */
export function namedIndex(name: string): QueryIndex {
  if (name === '.key') return { type: 'key' };
  if (name === '.value') return { type: 'value' };
  if (name === '.priority') return { type: 'priority' };
  return { type: 'child', path: parsePath(name) };
}

function wireBound(
  fields: ReadonlyMap<string, unknown>,
  valueName: string,
  keyName: string,
  inclusiveName: string,
): QueryBound | undefined {
  const value = fields.get(valueName);
  if (value === undefined) return undefined;
  if (!isBoundValue(value)) throw refusals.invalidData('a bound of a query is no simple value.');
  const key = fields.get(keyName);
  return {
    value,
    ...(typeof key === 'string' ? { key } : {}),
    inclusive: fields.get(inclusiveName) !== false,
  };
}

export function isBoundValue(value: unknown): value is Leaf | null {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
