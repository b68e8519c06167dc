import {
  BinaryValue,
  DatamigratoError,
  type DocumentValue,
  DoubleValue,
  documentEntries,
  GeoPointValue,
  InstantValue,
  isArray,
  isDocument,
  isInt32,
  kindOf,
  ReferenceValue,
  type Value,
  VectorValue,
} from '@datamigrato/core';
import { scalarBytes, textBytes, wireOverhead } from './document-size.js';
import { fieldNameBytes, storedFieldName } from './field-name.js';
import { holds } from './held-values.js';
import type { RelativeReference } from './native-document.js';
import { type ProtoFields, type ProtoValue, vectorMark } from './proto-value.js';

/** Levels of maps and arrays inside one another that Firestore takes: <https://cloud.google.com/firestore/quotas> */
export const depthLimit = 20;

/** Longest text or binary, in bytes: 1 MiB less 89. */
export const valueBytesLimit = 1_048_487;

/** Begins the full name of a document, in whatever database. */
const fullName = /^projects\/[^/]+\/databases\/[^/]+\/documents\//;

const nullProto: ProtoValue = { nullValue: 'NULL_VALUE' };

/** A field's name as it is stored, with the bytes that it takes. */
interface StoredName {
  readonly stored: string;
  readonly bytes: number;
}

/** Encodes the fields of one document after the other, keeping count of sizes and of the references that lack a database. */
export class FieldEncoder {
  /** Bytes of the fields of the current document by Firestore's rules. */
  size = 0;
  /** Bytes that they take on the wire beyond that, at most. */
  overhead = 0;
  references: RelativeReference[] = [];
  /** Names of fields, which repeat from record to record. */
  readonly #names = new Map<string, StoredName>();

  encode(document: DocumentValue): ProtoFields {
    this.size = 0;
    this.overhead = 0;
    this.references = [];
    return this.#fields(document, 1);
  }

  #fields(document: DocumentValue, depth: number): ProtoFields {
    const fields: Record<string, ProtoValue> = {};
    for (const [name, value] of documentEntries(document)) {
      const { stored, bytes } = this.#names.get(name) ?? this.#newName(name);
      this.size += bytes;
      fields[stored] = this.#value(value, depth);
    }
    return fields;
  }

  #newName(name: string): StoredName {
    const stored = storedFieldName(name);
    const bytes = textBytes(stored);
    if (bytes > fieldNameBytes + 1)
      throw refused('DM_FIRESTORE_FIELD_NAME', 'the name of a field has more than 1,500 bytes');
    // Maps whose names are data have ever new ones.
    if (this.#names.size >= 1000) this.#names.clear();
    this.#names.set(name, { stored, bytes });
    return { stored, bytes };
  }

  #value(value: Value, depth: number): ProtoValue {
    this.overhead += wireOverhead;
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
        this.size += scalarBytes.number;
        return isInt32(value) ? { integerValue: value } : { doubleValue: value };
      case 'bigint': {
        if (kindOf(value) !== 'int64') throw this.#notHeld(value);
        this.size += scalarBytes.number;
        const number = Number(value);
        return { integerValue: Number.isSafeInteger(number) ? number : value.toString() };
      }
      case 'boolean':
        this.size += scalarBytes.boolean;
        return { booleanValue: value };
      default:
        return value === null ? this.#null() : this.#object(value, depth);
    }
  }

  #null(): ProtoValue {
    this.size += scalarBytes.null;
    return nullProto;
  }

  #text(value: string): ProtoValue {
    const bytes = textBytes(value);
    if (bytes > valueBytesLimit + 1) throw tooLong('text');
    if (!holds.string(value)) throw refused('DM_FIRESTORE_VALUE', 'a text has half of a surrogate pair');
    this.size += bytes;
    return { stringValue: value };
  }

  #object(value: Exclude<Value, null | string | number | bigint | boolean>, depth: number): ProtoValue {
    if (isArray(value)) return this.#array(value, depth);
    if (isDocument(value)) {
      if (depth > depthLimit) throw tooDeep();
      return { mapValue: { fields: this.#fields(value, depth + 1) } };
    }
    if (value instanceof DoubleValue) {
      this.size += scalarBytes.number;
      return { doubleValue: value.value };
    }
    const kind = kindOf(value);
    if (kind in holds && !holds[kind as keyof typeof holds](value))
      throw refused('DM_FIRESTORE_VALUE', `it has a value of kind ${kind} that is out of range there`);
    if (value instanceof InstantValue) return this.#instant(value);
    if (value instanceof BinaryValue) return this.#binary(value);
    if (value instanceof GeoPointValue) {
      this.size += scalarBytes.geoPoint;
      return { geoPointValue: { latitude: value.latitude, longitude: value.longitude } };
    }
    if (value instanceof ReferenceValue) return this.#reference(value.path);
    if (value instanceof VectorValue) return this.#vector(value, depth);
    throw this.#notHeld(value);
  }

  #array(elements: readonly Value[], depth: number): ProtoValue {
    if (depth > depthLimit) throw tooDeep();
    const values: ProtoValue[] = [];
    for (const element of elements) {
      if (typeof element === 'object' && element !== null && (isArray(element) || element instanceof VectorValue)) {
        throw refused('DM_FIRESTORE_VALUE', 'an array or vector stands directly in an array');
      }
      values.push(this.#value(element, depth + 1));
    }
    return { arrayValue: { values } };
  }

  #instant(value: InstantValue): ProtoValue {
    this.size += scalarBytes.instant;
    const milliseconds = Number(value.epochMilliseconds);
    const seconds = Math.floor(milliseconds / 1000);
    return { timestampValue: { seconds, nanos: (milliseconds - seconds * 1000) * 1_000_000 + value.nanoseconds } };
  }

  #binary(value: BinaryValue): ProtoValue {
    if (value.bytes.byteLength > valueBytesLimit) throw tooLong('binary');
    this.size += value.bytes.byteLength;
    return { bytesValue: value.bytes };
  }

  #reference(path: string): ProtoValue {
    this.size += textBytes(path) + 16;
    const value = { referenceValue: path };
    if (!fullName.test(path)) {
      this.overhead += 128;
      this.references.push({ value, path });
    }
    return value;
  }

  #vector({ elements }: VectorValue, depth: number): ProtoValue {
    if (depth > depthLimit) throw tooDeep();
    this.size += elements.length * scalarBytes.number + 24;
    this.overhead += elements.length * wireOverhead;
    const values = Array.from(elements, (doubleValue) => ({ doubleValue }));
    return {
      mapValue: {
        fields: { [vectorMark.field]: { stringValue: vectorMark.value }, value: { arrayValue: { values } } },
      },
    };
  }

  #notHeld(value: Value): DatamigratoError {
    return refused('DM_FIRESTORE_VALUE', `Firestore has no values of kind ${kindOf(value)}`);
  }
}

function refused(code: 'DM_FIRESTORE_VALUE' | 'DM_FIRESTORE_FIELD_NAME', why: string): DatamigratoError {
  return new DatamigratoError({
    code,
    category: 'record',
    message: `A record cannot be a document of Firestore: ${why}`,
    nextStep: 'leave the field out with the options `drop` or `select`, or change it at the source',
  });
}

function tooLong(what: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_FIRESTORE_VALUE_TOO_LONG',
    category: 'record',
    message: `A record has a ${what} of more than ${valueBytesLimit} bytes, which Firestore does not take`,
    nextStep: 'leave the field out with the options `drop` or `select`',
    context: { limit: valueBytesLimit },
  });
}

function tooDeep(): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_FIRESTORE_TOO_DEEP',
    category: 'record',
    message: `A record has more than ${depthLimit} levels of documents and arrays inside one another, which Firestore does not take`,
    nextStep: 'leave the field out with the options `drop` or `select`, or use `flatten`',
    context: { limit: depthLimit },
  });
}
