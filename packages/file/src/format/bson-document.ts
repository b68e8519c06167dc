import {
  CodeValue,
  type DocumentValue,
  decimal,
  documentFrom,
  double,
  instant,
  isIntegerName,
  LogicalTimestampValue,
  maxKey,
  minKey,
  ObjectIdValue,
  PointerValue,
  RegularExpressionValue,
  SymbolValue,
  setField,
  undefinedValue,
  type Value,
} from '@datamigrato/core';
import { BSONError, Decimal128, onDemand } from 'bson';
import { binaryFromBytes } from './extended-json.js';
import type { KeyedFields } from './json-text.js';

/** Why a BSON document is not read. Never quotes its contents. */
export class BsonDocumentError extends Error {
  readonly problem: 'structure' | 'text' | 'duplicate-field' | 'too-deep';
  constructor(problem: BsonDocumentError['problem'], cause?: unknown) {
    super(problem, cause === undefined ? undefined : { cause });
    this.problem = problem;
  }
}

/** Reads BSON documents into canonical values: every kind told apart, fields in order, bad UTF-8 and a field twice refused. */
export interface BsonDocumentReader {
  /** The document that `bytes` is, its key fields apart. Values may be views into `bytes`. Throws {@link BsonDocumentError}. */
  readRecord(bytes: Buffer, keyNames: readonly string[]): KeyedFields;
}

const { parseToElements, NumberUtils, ByteUtils } = onDemand;

/** Type codes of https://bsonspec.org/spec.html. */
const bsonType = {
  double: 1,
  string: 2,
  document: 3,
  array: 4,
  binary: 5,
  undefined: 6,
  objectId: 7,
  boolean: 8,
  date: 9,
  null: 10,
  regularExpression: 11,
  pointer: 12,
  code: 13,
  symbol: 14,
  codeWithScope: 15,
  int32: 16,
  timestamp: 17,
  int64: 18,
  decimal: 19,
  maxKey: 127,
  minKey: 255,
} as const;

/** Makes a reader of documents with at most `maximumDepth` levels. */
export function createBsonDocumentReader(options: { readonly maximumDepth: number }): BsonDocumentReader {
  const { maximumDepth } = options;

  const readDocument = (
    bytes: Buffer,
    offset: number,
    depth: number,
    keyNames: readonly string[],
    key: (Value | undefined)[],
  ): DocumentValue => {
    if (depth > maximumDepth) throw new BsonDocumentError('too-deep');
    const document: Record<string, Value> = {};
    let entries: [string, Value][] | undefined;
    for (const [type, nameOffset, nameLength, valueOffset, length] of elementsOf(bytes, offset)) {
      const name = text(bytes, nameOffset, nameOffset + nameLength);
      const value = readValue(bytes, type, valueOffset, length, depth);
      const keyIndex = keyNames.length === 0 ? -1 : keyNames.indexOf(name);
      if (keyIndex >= 0) {
        if (key[keyIndex] !== undefined) throw new BsonDocumentError('duplicate-field');
        key[keyIndex] = value;
        continue;
      }
      if (document[name] !== undefined && Object.hasOwn(document, name)) throw new BsonDocumentError('duplicate-field');
      if (entries === undefined && isIntegerName(name)) entries = Object.entries(document);
      entries?.push([name, value]);
      setField(document, name, value);
    }
    return entries === undefined ? document : documentFrom(entries);
  };

  const readArray = (bytes: Buffer, offset: number, depth: number): Value[] => {
    if (depth > maximumDepth) throw new BsonDocumentError('too-deep');
    const elements: Value[] = [];
    for (const [type, , , valueOffset, length] of elementsOf(bytes, offset)) {
      elements.push(readValue(bytes, type, valueOffset, length, depth));
    }
    return elements;
  };

  const readValue = (bytes: Buffer, type: number, offset: number, length: number, depth: number): Value => {
    switch (type) {
      case bsonType.string:
        return sizedText(bytes, offset, length);
      case bsonType.int32:
        return NumberUtils.getInt32LE(bytes, offset);
      case bsonType.double:
        return double(NumberUtils.getFloat64LE(bytes, offset));
      case bsonType.int64:
        return bytes.readBigInt64LE(offset);
      case bsonType.date:
        return instant(bytes.readBigInt64LE(offset));
      case bsonType.boolean:
        return bytes[offset] === 1;
      case bsonType.null:
        return null;
      case bsonType.document:
        return readDocument(bytes, offset, depth + 1, [], []);
      case bsonType.array:
        return readArray(bytes, offset, depth + 1);
      case bsonType.objectId:
        return new ObjectIdValue(bytes.subarray(offset, offset + 12));
      case bsonType.decimal:
        return decimal(new Decimal128(bytes.subarray(offset, offset + 16)).toString());
      case bsonType.binary:
        return readBinary(bytes, offset, length);
      case bsonType.timestamp:
        return new LogicalTimestampValue(bytes.readUInt32LE(offset + 4), bytes.readUInt32LE(offset));
      case bsonType.regularExpression: {
        const end = bytes.indexOf(0, offset);
        return new RegularExpressionValue(text(bytes, offset, end), text(bytes, end + 1, offset + length - 1));
      }
      case bsonType.code:
        return new CodeValue(sizedText(bytes, offset, length), null);
      case bsonType.symbol:
        return new SymbolValue(sizedText(bytes, offset, length));
      case bsonType.codeWithScope:
        return readCodeWithScope(bytes, offset, length, depth);
      case bsonType.pointer: {
        const id = bytes.subarray(offset + length - 12, offset + length);
        return new PointerValue(sizedText(bytes, offset, length - 12), new ObjectIdValue(id));
      }
      case bsonType.minKey:
        return minKey;
      case bsonType.maxKey:
        return maxKey;
      case bsonType.undefined:
        return undefinedValue;
      default:
        throw new BsonDocumentError('structure');
    }
  };

  const readCodeWithScope = (bytes: Buffer, offset: number, length: number, depth: number): Value => {
    const sourceLength = bytes.readInt32LE(offset + 4) + 4;
    const scope = offset + 4 + sourceLength;
    if (sourceLength < 5 || scope + 5 > offset + length) throw new BsonDocumentError('structure');
    return new CodeValue(sizedText(bytes, offset + 4, sourceLength), readDocument(bytes, scope, depth + 1, [], []));
  };

  return {
    readRecord(bytes, keyNames) {
      const key: (Value | undefined)[] = keyNames.map(() => undefined);
      try {
        return { key, fields: readDocument(bytes, 0, 1, keyNames, key) };
      } catch (thrown) {
        // What the library finds wrong, and reads past the end.
        if (BSONError.isBSONError(thrown) || thrown instanceof RangeError) {
          throw new BsonDocumentError('structure', thrown);
        }
        throw thrown;
      }
    },
  };
}

function elementsOf(bytes: Buffer, offset: number): ReturnType<typeof parseToElements> {
  return parseToElements(bytes, offset);
}

/** Text after its own length, with the NUL at its end. */
function sizedText(bytes: Buffer, offset: number, length: number): string {
  if (length < 5 || bytes[offset + length - 1] !== 0) throw new BsonDocumentError('structure');
  return text(bytes, offset + 4, offset + length - 1);
}

function text(bytes: Buffer, start: number, end: number): string {
  try {
    return ByteUtils.toUTF8(bytes, start, end, true);
  } catch (thrown) {
    throw new BsonDocumentError('text', thrown);
  }
}

/** Subtype 2 repeats the length in front of the bytes. */
function readBinary(bytes: Buffer, offset: number, length: number): Value {
  const subtype = bytes[offset + 4] ?? 0;
  const start = offset + 5;
  const end = offset + length;
  if (subtype !== 2) return binaryFromBytes(bytes.subarray(start, end), subtype);
  if (length < 9 || bytes.readInt32LE(start) !== length - 9) throw new BsonDocumentError('structure');
  return binaryFromBytes(bytes.subarray(start + 4, end), subtype);
}
