import {
  BinaryValue,
  DatamigratoError,
  type DocumentValue,
  documentFrom,
  double,
  GeoPointValue,
  instant,
  isInt32,
  ReferenceValue,
  type Value,
  VectorValue,
} from '@datamigrato/core';
import { originalFieldName } from './field-name.js';
import { type ProtoFields, type ProtoTimestamp, type ProtoValue, vectorMark } from './proto-value.js';

/** The fields of a document or map as canonical values. `root` is what references to documents of the same database begin with. */
export function decodeFields(fields: ProtoFields, root: string): DocumentValue {
  const entries: [string, Value][] = [];
  for (const [name, value] of Object.entries(fields)) entries.push([originalFieldName(name), decodeValue(value, root)]);
  return documentFrom(entries);
}

function decodeValue(value: ProtoValue, root: string): Value {
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.integerValue !== undefined) return decodeInteger(value.integerValue);
  if (value.doubleValue !== undefined) return double(value.doubleValue);
  if (value.booleanValue !== undefined) return value.booleanValue;
  if (value.nullValue !== undefined) return null;
  if (value.timestampValue !== undefined) return decodeTimestamp(value.timestampValue);
  if (value.mapValue !== undefined) return decodeMap(value.mapValue.fields ?? {}, root);
  if (value.arrayValue !== undefined)
    return (value.arrayValue.values ?? []).map((element) => decodeValue(element, root));
  if (value.bytesValue !== undefined) return new BinaryValue(value.bytesValue);
  if (value.referenceValue !== undefined) return decodeReference(value.referenceValue, root);
  if (value.geoPointValue !== undefined)
    return new GeoPointValue(value.geoPointValue.latitude, value.geoPointValue.longitude);
  throw new DatamigratoError({
    code: 'DM_FIRESTORE_VALUE',
    category: 'record',
    message: `A document has a value of a type that this version does not know${value.valueType === undefined ? '' : ` (${value.valueType})`}`,
    nextStep: 'update @datamigrato/firestore',
  });
}

/** Integers are of one kind there: one that 32 bits hold is told as such, as JavaScript would have it. */
function decodeInteger(value: string | number): Value {
  const number = Number(value);
  return isInt32(number) ? number : BigInt(value);
}

function decodeTimestamp({ seconds, nanos }: ProtoTimestamp): Value {
  // Years 1 to 9999 in seconds and milliseconds are safe integers.
  return instant(Number(seconds) * 1000 + Math.floor(nanos / 1_000_000), nanos % 1_000_000);
}

/** References inside the database are told without its name, so that they hold in another one. */
function decodeReference(name: string, root: string): Value {
  return new ReferenceValue(name.startsWith(root) ? name.slice(root.length) : name);
}

function decodeMap(fields: ProtoFields, root: string): Value {
  return decodeVector(fields) ?? decodeFields(fields, root);
}

function decodeVector(fields: ProtoFields): Value | undefined {
  if (fields[vectorMark.field]?.stringValue !== vectorMark.value) return undefined;
  const elements: number[] = [];
  for (const element of fields['value']?.arrayValue?.values ?? []) {
    if (element.doubleValue === undefined) return undefined;
    elements.push(element.doubleValue);
  }
  return new VectorValue(Float64Array.from(elements));
}
