import {
  type BoxedValue,
  type DataRecord,
  type DocumentValue,
  documentEntries,
  isArray,
  isInt32,
  isInt64,
  isOrdered,
  kindOf,
  kindSymbol,
  type Value,
} from '@datamigrato/core';
import { ByteWriter } from './byte-writer.js';
import { decimalBytes } from './decimal128.js';
import { documentBytesLimit, tooDeep, unholdable } from './record-fault.js';

/** Levels of documents and arrays inside one another that MongoDB documents as its limit; the document itself is the first. */
export const depthLimitOfWriting = 100;

/** Writes canonical records as BSON documents: `_id`, the one value of the key, first, then the fields in their order. */
export class DocumentWriter {
  readonly #out = new ByteWriter(documentBytesLimit);

  write(record: DataRecord): Buffer {
    const out = this.#out;
    out.begin();
    const opened = out.open();
    this.#writeKey(record.key);
    const fields = record.fields;
    if (isOrdered(fields)) {
      for (const [name, value] of fields.entries) this.#writeField(name, value);
    } else {
      for (const name of Object.keys(fields)) this.#writeField(name, fields[name] as Value);
    }
    out.close(opened);
    return out.finish();
  }

  #writeKey(key: readonly Value[]): void {
    const id = key[0];
    if (id === undefined || key.length !== 1) {
      throw unholdable(
        'DM_MONGODB_KEY',
        `A record has a key of ${key.length} values, and a document has the one \`_id\``,
        'report it: the mapping makes one document of such a key before it is encoded',
      );
    }
    const kind = kindOf(id);
    if (kind === 'array' || kind === 'regularExpression' || kind === 'undefined') {
      throw unholdable(
        'DM_MONGODB_KEY_KIND',
        `A record has a key of kind ${kind}, which MongoDB does not take as \`_id\``,
        'choose another key with the option `primaryKey`',
      );
    }
    this.#writeValue('_id', id, 1);
  }

  #writeField(name: string, value: Value): void {
    if (name === '_id') {
      throw unholdable(
        'DM_MONGODB_ID_FIELD',
        'A record has a field `_id` beside its key, and a document holds only one',
        'rename the field with the option `rename`, or make it the key with `primaryKey`',
      );
    }
    this.#writeValue(name, value, 1);
  }

  #writeValue(name: string, value: Value, depth: number): void {
    const out = this.#out;
    switch (typeof value) {
      case 'string':
        out.element(0x02, name);
        out.string(value);
        return;
      case 'number':
        if (isInt32(value)) {
          out.element(0x10, name);
          out.int32(value);
        } else {
          out.element(0x01, name);
          out.double(value);
        }
        return;
      case 'boolean':
        out.element(0x08, name);
        out.byte(value ? 1 : 0);
        return;
      case 'bigint':
        if (!isInt64(value)) throw kindRefused('varint');
        out.element(0x12, name);
        out.int64(value);
        return;
      default:
        if (value === null) {
          out.element(0x0a, name);
        } else if (isArray(value)) {
          out.element(0x04, name);
          this.#writeArray(value, depth + 1);
        } else if ((value as { readonly [kindSymbol]?: string })[kindSymbol] === undefined) {
          out.element(0x03, name);
          this.#writeDocument(value as DocumentValue, depth + 1);
        } else {
          this.#writeBoxed(name, value as BoxedValue, depth);
        }
    }
  }

  #writeDocument(document: DocumentValue, depth: number): void {
    if (depth > depthLimitOfWriting) throw tooDeep(depthLimitOfWriting);
    const opened = this.#out.open();
    for (const [name, value] of documentEntries(document)) this.#writeValue(name, value, depth);
    this.#out.close(opened);
  }

  #writeArray(elements: readonly Value[], depth: number): void {
    if (depth > depthLimitOfWriting) throw tooDeep(depthLimitOfWriting);
    const opened = this.#out.open();
    for (let index = 0; index < elements.length; index += 1) {
      this.#writeValue(String(index), elements[index] as Value, depth);
    }
    this.#out.close(opened);
  }

  #writeBoxed(name: string, value: BoxedValue, depth: number): void {
    const out = this.#out;
    switch (value[kindSymbol]) {
      case 'double':
        out.element(0x01, name);
        out.double(value.value);
        return;
      case 'objectId':
        out.element(0x07, name);
        out.bytes(value.bytes);
        return;
      case 'instant':
        out.element(0x09, name);
        this.#writeInstant(value.epochMilliseconds, value.nanoseconds);
        return;
      case 'uuid':
        out.element(0x05, name);
        this.#writeBinary(value.bytes, 4);
        return;
      case 'binary':
        out.element(0x05, name);
        this.#writeBinary(value.bytes, value.subtype);
        return;
      case 'decimal': {
        const bytes = decimalBytes(value);
        if (bytes === undefined) throw decimalRefused();
        out.element(0x13, name);
        out.bytes(bytes);
        return;
      }
      case 'document':
        out.element(0x03, name);
        this.#writeDocument(value, depth + 1);
        return;
      case 'regularExpression':
        out.element(0x0b, name);
        out.terminated(value.pattern, 'a regular expression');
        out.terminated(value.options, 'options of a regular expression');
        return;
      case 'logicalTimestamp':
        out.element(0x11, name);
        out.uint32(value.ordinal);
        out.uint32(value.seconds);
        return;
      case 'code':
        this.#writeCode(name, value.source, value.scope, depth);
        return;
      case 'symbol':
        out.element(0x0e, name);
        out.string(value.text);
        return;
      case 'pointer':
        out.element(0x0c, name);
        out.string(value.namespace);
        out.bytes(value.id.bytes);
        return;
      case 'minKey':
        out.element(0xff, name);
        return;
      case 'maxKey':
        out.element(0x7f, name);
        return;
      case 'undefined':
        out.element(0x06, name);
        return;
      default:
        throw kindRefused(kindOf(value));
    }
  }

  #writeInstant(epochMilliseconds: number | bigint, nanoseconds: number): void {
    if (nanoseconds !== 0) {
      throw unholdable(
        'DM_MONGODB_INSTANT',
        'A record holds a point in time with a part below the millisecond, which a MongoDB date does not have',
        'map the field to text, or let it be cut with the mapping of this entity',
      );
    }
    if (typeof epochMilliseconds === 'number') this.#out.safeInteger(epochMilliseconds);
    else if (isInt64(epochMilliseconds)) this.#out.int64(epochMilliseconds);
    else {
      throw unholdable(
        'DM_MONGODB_INSTANT',
        'A record holds a point in time beyond the 64-bit range of a MongoDB date',
        'map the field to text with the mapping of this entity',
      );
    }
  }

  #writeBinary(bytes: Uint8Array, subtype: number): void {
    const out = this.#out;
    if (!Number.isInteger(subtype) || subtype < 0 || subtype > 255) {
      throw unholdable(
        'DM_MONGODB_KIND',
        'A record holds a binary whose subtype is not one of 0 to 255',
        'repair the subtype at the source',
      );
    }
    if (subtype === 2) {
      out.int32(bytes.length + 4);
      out.byte(2);
      out.int32(bytes.length);
    } else {
      out.int32(bytes.length);
      out.byte(subtype);
    }
    out.bytes(bytes);
  }

  #writeCode(name: string, source: string, scope: DocumentValue | null, depth: number): void {
    const out = this.#out;
    if (scope === null) {
      out.element(0x0d, name);
      out.string(source);
      return;
    }
    out.element(0x0f, name);
    const opened = out.open();
    out.string(source);
    this.#writeDocument(scope, depth + 1);
    out.measure(opened);
  }
}

function kindRefused(kind: string): Error {
  return unholdable(
    'DM_MONGODB_KIND',
    `A record holds a value of kind ${kind}, which MongoDB does not have`,
    'plan the migration again: its mapping converts such values before they are encoded',
  );
}

function decimalRefused(): Error {
  return unholdable(
    'DM_MONGODB_DECIMAL_RANGE',
    'A record holds a decimal with more than 34 digits or an exponent beyond those of Decimal128',
    'map the field to text with the mapping of this entity',
  );
}
