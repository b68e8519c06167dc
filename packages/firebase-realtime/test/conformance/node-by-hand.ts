import { isDeepStrictEqual } from 'node:util';
import {
  type DocumentValue,
  DoubleValue,
  documentEntries,
  documentFrom,
  isArray,
  isDocument,
  type Value,
} from '@datamigrato/core';

/** Data of the database as JSON tells it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** No node is empty, so that a record without fields is a wrapper. */
const emptyRecord = { '@dm': 'document', v: '[]' };

/** What a person would store for a value that the database can hold. */
function jsonOf(value: Value): Json {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  if (value instanceof DoubleValue) return value.value;
  if (value !== null && isArray(value)) return value.map(jsonOf);
  if (value !== null && isDocument(value)) return jsonOfFields(value);
  throw new Error(`the database has no ${typeof value}`);
}

/** What a person would store for a record. */
export function jsonOfFields(fields: DocumentValue): { readonly [name: string]: Json } {
  if (documentEntries(fields).length === 0) return emptyRecord;
  return Object.fromEntries(documentEntries(fields).map(([name, value]) => [escaped(name), jsonOf(value)]));
}

/** The value that a person would see in what the database exports. */
function valueIn(json: Json): Value {
  if (typeof json !== 'object' || json === null) return json;
  if (isList(json)) return json.map(valueIn);
  const names = Object.keys(json);
  if (names.every((name, index) => name === String(index))) return names.map((name) => valueIn(json[name] ?? null));
  return fieldsOf(json);
}

/** The fields of a record in what the database exports. */
export function fieldsOf(json: Json): DocumentValue {
  if (typeof json !== 'object' || json === null || isList(json)) throw new Error('a record has children');
  if (isDeepStrictEqual(json, emptyRecord)) return {};
  return documentFrom(Object.entries(json).map(([name, inner]) => [unescaped(name), valueIn(inner)]));
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

function escaped(name: string): string {
  if (name === '') return '%_';
  return name.replace(/[.$#[\]/\p{Cc}]/gu, (character) => `%${Buffer.from(character).toString('hex').toUpperCase()}`);
}

function unescaped(name: string): string {
  return name === '%_'
    ? ''
    : name.replace(/%([0-9A-F]{2})/g, (_, digits: string) => Buffer.from(digits, 'hex').toString());
}
