import {
  BinaryValue,
  type DocumentValue,
  DoubleValue,
  documentEntries,
  documentFrom,
  double,
  GeoPointValue,
  InstantValue,
  instant,
  isArray,
  isDocument,
  isInt32,
  ReferenceValue,
  type Value,
  VectorValue,
} from '@datamigrato/core';
import type { FirestoreFields, FirestoreValue } from '@datamigrato/testbed';

/** Canonical values as the service's JSON has them, put together here without the connector's codec. */
export function fieldsByHand(document: DocumentValue, root: string): FirestoreFields {
  return Object.fromEntries(
    documentEntries(document).map(([name, value]) => [storedName(name), valueByHand(value, root)]),
  );
}

/** As the connector's documentation says: names that the service does not take begin with `@dm:`. */
function storedName(name: string): string {
  return name === '' || /^__.*__$/su.test(name) || name.startsWith('@dm:') ? `@dm:${name}` : name;
}

function valueByHand(value: Value, root: string): FirestoreValue {
  if (value === null) return { nullValue: null };
  if (typeof value === 'boolean') return { booleanValue: value };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'bigint') return { integerValue: String(value) };
  if (typeof value === 'number') return isInt32(value) ? { integerValue: String(value) } : doubleByHand(value);
  if (isArray(value)) return { arrayValue: { values: value.map((element) => valueByHand(element, root)) } };
  if (isDocument(value)) return { mapValue: { fields: fieldsByHand(value, root) } };
  if (value instanceof DoubleValue) return doubleByHand(value.value);
  if (value instanceof BinaryValue) return { bytesValue: Buffer.from(value.bytes).toString('base64') };
  if (value instanceof GeoPointValue)
    return { geoPointValue: { latitude: value.latitude, longitude: value.longitude } };
  if (value instanceof ReferenceValue)
    return { referenceValue: value.path.startsWith('projects/') ? value.path : root + value.path };
  if (value instanceof InstantValue) return { timestampValue: timeByHand(value) };
  if (value instanceof VectorValue) {
    const values = Array.from(value.elements, doubleByHand);
    return { mapValue: { fields: { __type__: { stringValue: '__vector__' }, value: { arrayValue: { values } } } } };
  }
  throw new Error('a kind that the store does not hold');
}

function doubleByHand(value: number): FirestoreValue {
  // JSON has no minus zero, and the service takes the text for it.
  if (Object.is(value, -0)) return { doubleValue: '-0.0' };
  return { doubleValue: Number.isFinite(value) ? value : String(value) };
}

function timeByHand({ epochMilliseconds, nanoseconds }: InstantValue): string {
  const text = new Date(Number(epochMilliseconds)).toISOString();
  return `${text.slice(0, -1)}${String(nanoseconds).padStart(6, '0')}Z`;
}

/** And back. */
export function documentByHand(fields: FirestoreFields, root: string): DocumentValue {
  return documentFrom(
    Object.entries(fields).map(([name, value]) => [
      name.startsWith('@dm:') ? name.slice(4) : name,
      canonicalByHand(value, root),
    ]),
  );
}

function canonicalByHand(value: FirestoreValue, root: string): Value {
  const [entry] = Object.entries(value);
  const [kind, content] = entry ?? ['nothing', null];
  switch (kind) {
    case 'nullValue':
      return null;
    case 'booleanValue':
    case 'stringValue':
      return content as boolean | string;
    case 'integerValue':
      return isInt32(Number(content)) ? Number(content) : BigInt(content as string);
    case 'doubleValue':
      return double(Number(content));
    case 'bytesValue':
      return new BinaryValue(Buffer.from(content as string, 'base64'));
    case 'timestampValue':
      return timeOf(content as string);
    case 'referenceValue':
      return new ReferenceValue((content as string).replace(root, ''));
    case 'geoPointValue': {
      const { latitude = 0, longitude = 0 } = content as { readonly latitude?: number; readonly longitude?: number };
      return new GeoPointValue(latitude, longitude);
    }
    case 'arrayValue': {
      const { values = [] } = content as { readonly values?: readonly FirestoreValue[] };
      return values.map((element) => canonicalByHand(element, root));
    }
    case 'mapValue': {
      const { fields = {} } = content as { readonly fields?: FirestoreFields };
      return fields['__type__']?.['stringValue'] === '__vector__' ? vectorOf(fields) : documentByHand(fields, root);
    }
    default:
      throw new Error(`a value of the unknown type ${kind}`);
  }
}

function vectorOf(fields: FirestoreFields): Value {
  const { values = [] } = (fields['value']?.['arrayValue'] ?? {}) as { readonly values?: readonly FirestoreValue[] };
  return new VectorValue(Float64Array.from(values, (element) => Number(element['doubleValue'])));
}

function timeOf(text: string): Value {
  const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(text) ?? [];
  const digits = fraction.padEnd(9, '0');
  return instant(Date.parse(`${seconds}.${digits.slice(0, 3)}Z`), Number(digits.slice(3)));
}
