import {
  BinaryValue,
  CodeValue,
  type DocumentValue,
  decimal,
  documentEntries,
  documentFrom,
  double,
  instant,
  isArray,
  isBoxed,
  isDocument,
  kindOf,
  kindSymbol,
  LogicalTimestampValue,
  maxKey,
  minKey,
  ObjectIdValue,
  PointerValue,
  RegularExpressionValue,
  SymbolValue,
  UuidValue,
  undefinedValue,
  type Value,
} from '@datamigrato/core';
import { Decimal128 } from 'bson';
import { type RawFields, type RawValue, raw } from '../bson/raw-bson.js';

/** A document as BSON fields, by the specification and without this package's codec. */
export function rawFieldsOf(document: DocumentValue): RawFields {
  return documentEntries(document).map(([name, value]) => [name, rawValueOf(value)] as const);
}

/** A value as the BSON that stands for it. */
export function rawValueOf(value: Value): RawValue {
  switch (typeof value) {
    case 'string':
      return raw.string(value);
    case 'boolean':
      return raw.boolean(value);
    case 'number':
      return kindOf(value) === 'int32' ? raw.int32(value) : raw.double(value);
    case 'bigint':
      return raw.int64(value);
    default:
      if (value === null) return raw.null;
      if (isArray(value)) return raw.array(value.map(rawValueOf));
      if (isDocument(value)) return raw.document(rawFieldsOf(value));
      return rawBoxed(value);
  }
}

const hexadecimal = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function rawBoxed(value: Value): RawValue {
  if (!isBoxed(value)) throw new TypeError(`no BSON for a value of kind ${kindOf(value)}`);
  switch (value[kindSymbol]) {
    case 'double':
      return raw.double(value.value);
    case 'decimal':
      return raw.decimal(Decimal128.fromString(value.text).bytes);
    case 'binary':
      return raw.binary(value.subtype, value.bytes);
    case 'uuid':
      return raw.binary(4, value.bytes);
    case 'objectId':
      return raw.objectId(hexadecimal(value.bytes));
    case 'instant':
      return raw.date(BigInt(value.epochMilliseconds));
    case 'regularExpression':
      return raw.regularExpression(value.pattern, value.options);
    case 'logicalTimestamp':
      return raw.timestamp(value.seconds, value.ordinal);
    case 'code':
      return value.scope === null ? raw.code(value.source) : raw.codeWithScope(value.source, rawFieldsOf(value.scope));
    case 'symbol':
      return raw.symbol(value.text);
    case 'pointer':
      return raw.pointer(value.namespace, hexadecimal(value.id.bytes));
    case 'minKey':
      return raw.minKey;
    case 'maxKey':
      return raw.maxKey;
    case 'undefined':
      return raw.undefined;
    default:
      throw new TypeError(`no BSON for a value of kind ${value[kindSymbol]}`);
  }
}

/** A document of BSON bytes, by the specification. */
export function documentOfBytes(bytes: Uint8Array): DocumentValue {
  return new BytesReader(bytes).document();
}

class BytesReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  document(): DocumentValue {
    return documentFrom(this.#entries());
  }

  #entries(): readonly (readonly [string, Value])[] {
    const end = this.#at + this.#bytes.readInt32LE(this.#at);
    this.#at += 4;
    const entries: [string, Value][] = [];
    while (this.#at < end - 1) {
      const type = this.#byte();
      const name = this.#untilZero();
      entries.push([name, this.#value(type)]);
    }
    this.#at = end;
    return entries;
  }

  #value(type: number): Value {
    switch (type) {
      case 0x01:
        return double(this.#take(8).readDoubleLE());
      case 0x02:
        return this.#text();
      case 0x03:
        return this.document() as Value;
      case 0x04:
        return this.#entries().map(([, element]) => element);
      case 0x05:
        return this.#binary();
      case 0x06:
        return undefinedValue;
      case 0x07:
        return new ObjectIdValue(this.#take(12));
      case 0x08:
        return this.#byte() === 1;
      case 0x09:
        return instant(this.#int64());
      case 0x0a:
        return null;
      case 0x0b:
        return new RegularExpressionValue(this.#untilZero(), this.#untilZero());
      case 0x0c:
        return new PointerValue(this.#text(), new ObjectIdValue(this.#take(12)));
      case 0x0d:
        return new CodeValue(this.#text(), null);
      case 0x0e:
        return new SymbolValue(this.#text());
      case 0x0f:
        this.#at += 4;
        return new CodeValue(this.#text(), this.document());
      case 0x10:
        return this.#take(4).readInt32LE();
      case 0x11: {
        const ordinal = this.#take(4).readUInt32LE();
        return new LogicalTimestampValue(this.#take(4).readUInt32LE(), ordinal);
      }
      case 0x12:
        return this.#int64();
      case 0x13:
        return decimal(new Decimal128(Uint8Array.from(this.#take(16))).toString());
      case 0x7f:
        return maxKey;
      case 0xff:
        return minKey;
      default:
        throw new TypeError(`no such BSON type: ${type}`);
    }
  }

  #binary(): Value {
    const length = this.#take(4).readInt32LE();
    const subtype = this.#byte();
    const bytes = Uint8Array.from(this.#take(length));
    if (subtype === 2) return new BinaryValue(bytes.subarray(4), 2);
    return subtype === 4 && length === 16 ? new UuidValue(bytes) : new BinaryValue(bytes, subtype);
  }

  #int64(): bigint {
    return this.#take(8).readBigInt64LE();
  }

  #text(): string {
    const length = this.#take(4).readInt32LE();
    return this.#take(length).subarray(0, -1).toString('utf8');
  }

  #untilZero(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return text;
  }

  #byte(): number {
    return this.#take(1).readUInt8();
  }

  #take(length: number): Buffer {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
