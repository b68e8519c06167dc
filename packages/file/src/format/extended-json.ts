import {
  BinaryValue,
  CodeValue,
  type DecimalValue,
  type DocumentValue,
  decimal,
  documentEntries,
  double,
  type InstantValue,
  instant,
  isDocument,
  LogicalTimestampValue,
  maxKey,
  minKey,
  ObjectIdValue,
  PointerValue,
  RegularExpressionValue,
  SymbolValue,
  UuidValue,
  undefinedValue,
  uuidBytes,
  type Value,
} from '@datamigrato/core';

/** A wrapper of Extended JSON whose contents are not what its name promises. Never quotes the contents. */
export class ExtendedJsonError extends Error {
  readonly wrapper: string;
  constructor(wrapper: string) {
    super(`${wrapper} does not hold what Extended JSON puts there`);
    this.wrapper = wrapper;
  }
}

/** Matches the beginning of a typed wrapper in a text; used to tell Extended JSON from JSON. */
export const extendedJsonWrapper =
  /\{\s*"\$(?:oid|date|numberLong|numberInt|numberDouble|numberDecimal|binary|uuid|timestamp|regularExpression|minKey|maxKey|undefined|symbol|dbPointer)"\s*:/;

/**
 * The value that an object with a first field `$…` stands for: MongoDB Extended JSON version 2 (canonical and relaxed) and version 1 (strict mode).
 *
 * The fields' own values have been revived before. An object that is no wrapper of the specification (a `DBRef`, a stored query) stays a document.
 * Source: the Extended JSON specification of the MongoDB drivers, and what mongoexport 3.x wrote.
 */
export function reviveExtendedJson(document: DocumentValue): Value {
  const entries = documentEntries(document);
  const [name, value] = entries[0] ?? ['', null];
  const second = entries[1];
  if (entries.length === 1) {
    const revive = singleField.get(name);
    return revive === undefined ? document : (revive(value) ?? invalid(name));
  }
  if (entries.length === 2 && second !== undefined) {
    if (name === '$binary' && second[0] === '$type') return legacyBinary(value, second[1]);
    if (name === '$type' && second[0] === '$binary') return legacyBinary(second[1], value);
    if (name === '$regex' && second[0] === '$options') return expression(value, second[1]) ?? document;
    if (name === '$options' && second[0] === '$regex') return expression(second[1], value) ?? document;
    if (name === '$code' && second[0] === '$scope') return code(value, second[1]) ?? invalid('$code');
    if (name === '$scope' && second[0] === '$code') return code(second[1], value) ?? invalid('$code');
  }
  return document;
}

function invalid(wrapper: string): never {
  throw new ExtendedJsonError(wrapper);
}

/** Wrappers of one field, each giving undefined for contents that are not its own. */
const singleField: ReadonlyMap<string, (value: Value) => Value | undefined> = new Map<
  string,
  (value: Value) => Value | undefined
>([
  ['$oid', objectId],
  ['$date', date],
  ['$numberInt', (value) => integer(value, 32)],
  ['$numberLong', (value) => integer(value, 64)],
  ['$numberDouble', doubleNumber],
  ['$numberDecimal', decimalNumber],
  ['$binary', binary],
  ['$uuid', (value) => uuid(value)],
  ['$timestamp', timestamp],
  ['$regularExpression', regularExpression],
  ['$symbol', (value) => (typeof value === 'string' ? new SymbolValue(value) : undefined)],
  ['$code', (value) => code(value, null)],
  ['$dbPointer', pointer],
  ['$minKey', (value) => (value === 1 ? minKey : undefined)],
  ['$maxKey', (value) => (value === 1 ? maxKey : undefined)],
  ['$undefined', (value) => (value === true ? undefinedValue : undefined)],
]);

function objectId(value: Value): Value | undefined {
  return typeof value === 'string' && /^[0-9a-fA-F]{24}$/.test(value)
    ? new ObjectIdValue(Buffer.from(value, 'hex'))
    : undefined;
}

/** `{"$numberLong": …}` inside has been revived to a bigint; version 1 wrote a number, version 1 and relaxed an ISO 8601 text. */
function date(value: Value): InstantValue | undefined {
  if (typeof value === 'bigint') return instant(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? instant(value) : undefined;
  if (typeof value !== 'string' || !isoDate.test(value)) return undefined;
  const milliseconds = Date.parse(value.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(milliseconds) ? undefined : instant(milliseconds);
}

const isoDate = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/;

function integer(value: Value, bits: 32 | 64): number | bigint | undefined {
  if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value)) return undefined;
  const number = BigInt(value);
  if (BigInt.asIntN(bits, number) !== number) return undefined;
  return bits === 32 ? Number(number) : number;
}

function doubleNumber(value: Value): Value | undefined {
  if (typeof value === 'number') return double(value);
  if (typeof value !== 'string') return undefined;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return double(Number(value));
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(value) ? double(Number(value)) : undefined;
}

function decimalNumber(value: Value): DecimalValue | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    return decimal(value);
  } catch {
    return undefined;
  }
}

function uuid(value: Value): UuidValue | undefined {
  const bytes = typeof value === 'string' ? uuidBytes(value) : undefined;
  return bytes === undefined ? undefined : new UuidValue(bytes);
}

function binary(value: Value): Value | undefined {
  if (!isDocument(value)) return undefined;
  const fields = new Map(documentEntries(value));
  return fields.size === 2 ? binaryOf(fields.get('base64'), fields.get('subType')) : undefined;
}

function legacyBinary(base64: Value, type: Value): Value {
  return binaryOf(base64, typeof type === 'number' ? type.toString(16) : type) ?? invalid('$binary');
}

function binaryOf(base64: Value | undefined, subtype: Value | undefined): Value | undefined {
  if (typeof base64 !== 'string' || typeof subtype !== 'string') return undefined;
  if (!/^[0-9a-fA-F]{1,8}$/.test(subtype) || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  // Version 1 of some tools wrote the subtype as a signed 32-bit number.
  return binaryFromBytes(bytes, Number.parseInt(subtype, 16) & 0xff);
}

/** Bytes with a BSON subtype: subtype 4 with 16 bytes is a UUID, all else a binary. */
export function binaryFromBytes(bytes: Uint8Array, subtype: number): BinaryValue | UuidValue {
  return subtype === 4 && bytes.byteLength === 16 ? new UuidValue(bytes) : new BinaryValue(bytes, subtype);
}

function timestamp(value: Value): Value | undefined {
  if (!isDocument(value)) return undefined;
  const fields = new Map(documentEntries(value));
  const seconds = unsigned32(fields.get('t'));
  const ordinal = unsigned32(fields.get('i'));
  if (fields.size !== 2 || seconds === undefined || ordinal === undefined) return undefined;
  return new LogicalTimestampValue(seconds, ordinal);
}

function unsigned32(value: Value | undefined): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number < 2 ** 32 ? number : undefined;
}

function regularExpression(value: Value): Value | undefined {
  if (!isDocument(value)) return undefined;
  const fields = new Map(documentEntries(value));
  return fields.size === 2 ? expression(fields.get('pattern'), fields.get('options')) : undefined;
}

function expression(pattern: Value | undefined, options: Value | undefined): Value | undefined {
  return typeof pattern === 'string' && typeof options === 'string'
    ? new RegularExpressionValue(pattern, options)
    : undefined;
}

function code(source: Value, scope: Value): Value | undefined {
  if (typeof source !== 'string') return undefined;
  if (scope === null) return new CodeValue(source, null);
  return isDocument(scope) ? new CodeValue(source, scope) : undefined;
}

function pointer(value: Value): Value | undefined {
  if (!isDocument(value)) return undefined;
  const fields = new Map(documentEntries(value));
  const namespace = fields.get('$ref');
  const id = fields.get('$id');
  return typeof namespace === 'string' && id instanceof ObjectIdValue ? new PointerValue(namespace, id) : undefined;
}
