import type { Query, QueryBound, QueryIndex } from '../query/query.js';
import { isBoundValue, namedIndex } from '../query/wire-query.js';
import { RequestRefusal } from '../request-refusal.js';
import type { Leaf } from '../tree/tree-node.js';

const boundNames = ['startAt', 'startAfter', 'endAt', 'endBefore', 'equalTo'] as const;
const limitNames = ['limitToFirst', 'limitToLast'] as const;
type Name = 'orderBy' | (typeof boundNames)[number] | (typeof limitNames)[number];

/** Reads the parameters by which a GET asks for some children; `undefined` where it asks for none in particular. */
export function parseRestQuery(parameters: URLSearchParams): Query | undefined {
  const orderBy = parameters.get('orderBy');
  if (orderBy === null) {
    if ([...boundNames, ...limitNames].some((name) => parameters.has(name))) {
      throw new RequestRefusal('orderBy must be defined when other query parameters are defined');
    }
    return undefined;
  }
  return queryBy(restIndex(orderBy), parameters);
}

/** The query of a GET for keys alone (`shallow=true`), whose bounds are bare keys. */
export function parseShallowQuery(parameters: URLSearchParams): Query | undefined {
  if (parameters.has('orderBy')) {
    throw new RequestRefusal("Mixing 'shallow' and querying parameters is not supported");
  }
  const limit = parseLimit(parameters);
  const startAfter = parameters.get('startAfter');
  const startAt = parameters.get('startAt');
  if (limit === undefined && startAfter === null && startAt === null) return undefined;
  const start: QueryBound | undefined =
    startAfter !== null
      ? { value: bareKey(startAfter), inclusive: false }
      : startAt !== null
        ? { value: bareKey(startAt), inclusive: true }
        : undefined;
  return {
    index: { type: 'key' },
    ...(start === undefined ? {} : { start }),
    ...(limit === undefined ? {} : { limit }),
  };
}

function queryBy(index: QueryIndex, parameters: URLSearchParams): Query {
  const equal = parseBound(parameters, 'equalTo', index, true);
  const start =
    equal ?? parseBound(parameters, 'startAt', index, true) ?? parseBound(parameters, 'startAfter', index, false);
  const end =
    equal ?? parseBound(parameters, 'endAt', index, true) ?? parseBound(parameters, 'endBefore', index, false);
  const limit = parseLimit(parameters);
  return {
    index,
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    ...(limit === undefined ? {} : { limit }),
  };
}

function restIndex(text: string): QueryIndex {
  const name = parseJson(text, 'orderBy must be a valid JSON encoded path');
  if (typeof name !== 'string' || name === '') throw new RequestRefusal('orderBy must be a valid JSON encoded path');
  if (name.startsWith('$')) {
    if (!['$key', '$value', '$priority'].includes(name)) {
      throw new RequestRefusal('orderBy must be a valid JSON encoded path');
    }
    return namedIndex(name.replace('$', '.'));
  }
  return namedIndex(name);
}

/** A bound: a JSON value, and after a comma the key at which the range begins or ends among equal values. */
function parseBound(
  parameters: URLSearchParams,
  name: Name,
  index: QueryIndex,
  inclusive: boolean,
): QueryBound | undefined {
  const text = parameters.get(name);
  if (text === null) return undefined;
  const trouble = `Constraint index field must be a JSON primitive`;
  const parsed = parseJson(`[${text}]`, trouble);
  const [value, key, ...more] = Array.isArray(parsed) ? parsed : [];
  if (!isBoundValue(value) || more.length > 0) throw new RequestRefusal(trouble);
  if (index.type === 'key' && typeof value !== 'string') {
    throw new RequestRefusal(`${name} must be a string when ordering by key`);
  }
  if (key !== undefined && typeof key !== 'string') throw new RequestRefusal(trouble);
  return bound(value, key, inclusive);
}

function bound(value: Leaf | null, key: string | undefined, inclusive: boolean): QueryBound {
  return key === undefined ? { value, inclusive } : { value, key, inclusive };
}

function parseLimit(parameters: URLSearchParams): Query['limit'] {
  for (const name of limitNames) {
    const text = parameters.get(name);
    if (text === null) continue;
    if (!/^\d{1,9}$/.test(text)) throw new RequestRefusal('limitToFirst and limitToLast must be an integer');
    return { count: Number(text), from: name === 'limitToFirst' ? 'first' : 'last' };
  }
  return undefined;
}

function bareKey(text: string): string {
  const isQuoted = /^".*"$/s.test(text);
  return isQuoted ? text.slice(1, -1) : text;
}

function parseJson(text: string, trouble: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw error instanceof SyntaxError ? new RequestRefusal(trouble) : error;
  }
}
