import {
  BinaryValue,
  CodeValue,
  type DocumentValue,
  documentFrom,
  double,
  InstantValue,
  instant,
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
import { readDecimal } from './decimal128.js';
import { readText } from './read-text.js';
import { depthLimitOfReading, duplicateField, invalidUtf8, malformed, tooDeep } from './record-fault.js';
import { type Shape, ShapeMemory } from './shape.js';

const noBytes = Buffer.alloc(0);

/**
 * Reads BSON documents of one entity into canonical values, keeping every kind and the order of fields.
 *
 * Every length is checked against the document around it before it is used: bytes that are not BSON give an error of category `record`, whatever they are.
 * Names inside arrays are not looked at, as servers do.
 */
export class DocumentReader {
  readonly #shapes = new ShapeMemory();
  /** The memory that the document lies in; all documents of one reply share it. */
  #whole: Buffer = noBytes;
  /** The same memory once more: the one class reads text faster, the other copies bytes faster. */
  #bytes = new Uint8Array(0);
  #view: DataView = new DataView(noBytes.buffer);
  #memory: ArrayBufferLike = noBytes.buffer;
  #offset = 0;
  /** Where the document being read starts, for offsets that a person can use. */
  #origin = 0;

  /** The document as its fields in order, with the field `_id` apart. */
  readRecord(bytes: Uint8Array): { readonly id: Value | undefined; readonly fields: DocumentValue } {
    this.#enter(bytes);
    const fields = this.#readFields(this.#origin + bytes.byteLength, 1, this.#shapes.root(), true);
    const id = this.#id;
    if (this.#offset !== this.#origin + bytes.byteLength) throw malformed('bytes after its end', bytes.byteLength);
    return { id, fields };
  }

  /** The value of the field `_id` alone, or undefined where there is none. */
  readId(bytes: Uint8Array): Value | undefined {
    this.#enter(bytes);
    const end = this.#documentEnd(this.#origin + bytes.byteLength);
    while (this.#offset < end) {
      const type = this.#whole[this.#offset] as number;
      const name = this.#name(this.#offset + 1, end);
      const value = this.#readValue(type, end, 1, undefined);
      if (name === '_id') return value;
    }
    return undefined;
  }

  #id: Value | undefined;

  #enter(bytes: Uint8Array): void {
    if (bytes.buffer !== this.#memory) {
      this.#memory = bytes.buffer;
      this.#whole = Buffer.from(bytes.buffer as ArrayBuffer);
      this.#bytes = new Uint8Array(bytes.buffer as ArrayBuffer);
      this.#view = new DataView(bytes.buffer);
    }
    this.#origin = bytes.byteOffset;
    this.#offset = bytes.byteOffset;
    this.#id = undefined;
  }

  /** Reads a document's length and returns the offset of its last byte. */
  #documentEnd(limit: number): number {
    const start = this.#offset;
    const size = start + 5 <= limit ? this.#view.getInt32(start, true) : 0;
    if (size < 5 || start + size > limit) throw this.#fault('a document whose length is wrong', start);
    const end = start + size - 1;
    if (this.#whole[end] !== 0) throw this.#fault('a document without its end', end);
    this.#offset = start + 4;
    return end;
  }

  #readFields(limit: number, depth: number, from: Shape | undefined, record: boolean): DocumentValue {
    const end = this.#documentEnd(limit);
    const whole = this.#whole;
    const document: Record<string, Value> = {};
    let shape = from;
    while (this.#offset < end) {
      const start = this.#offset;
      const type = whole[start] as number;
      const step: Shape | undefined = shape?.next;
      let name: string;
      if (step !== undefined && this.#follows(step.bytes, start + 1)) {
        name = step.name;
        shape = step;
      } else {
        name = this.#name(start + 1, end);
        const taken: Shape | undefined = shape && this.#shapes.known(shape, name);
        if (taken === undefined) {
          if (Object.hasOwn(document, name) || (record && name === '_id' && this.#id !== undefined)) {
            throw duplicateField(start - this.#origin);
          }
          shape = shape && this.#shapes.remember(shape, name, whole.subarray(start + 1, this.#offset - 1));
        } else {
          shape = taken;
        }
      }
      if (shape === undefined || !shape.plain) return this.#readCarefully(document, end, depth, start, record, shape);
      const value = this.#readValue(type, end, depth, shape);
      if (record && name === '_id') this.#id = value;
      else document[name] = value;
    }
    this.#leave(end);
    return document;
  }

  /** Goes on with a document whose names a plain object would not keep in order, or that are too many to remember. */
  #readCarefully(
    before: Record<string, Value>,
    end: number,
    depth: number,
    start: number,
    record: boolean,
    from: Shape | undefined,
  ): DocumentValue {
    const entries: [string, Value][] = Object.entries(before);
    const names = new Set(Object.keys(before));
    if (record && this.#id !== undefined) names.add('_id');
    this.#offset = start;
    let inner = from;
    while (this.#offset < end) {
      const at = this.#offset;
      const type = this.#whole[at] as number;
      const name = this.#name(at + 1, end);
      if (names.has(name)) throw duplicateField(at - this.#origin);
      names.add(name);
      const value = this.#readValue(type, end, depth, inner);
      inner = undefined;
      if (record && name === '_id') this.#id = value;
      else entries.push([name, value]);
    }
    this.#leave(end);
    return documentFrom(entries);
  }

  #leave(end: number): void {
    if (this.#offset !== end) throw this.#fault('a value that runs over the end of its document', end);
    this.#offset = end + 1;
  }

  /** Whether a name's bytes stand at an offset; if so, goes on after them. */
  #follows(name: Uint8Array, start: number): boolean {
    const whole = this.#whole;
    const length = name.length;
    for (let index = 0; index < length; index += 1) {
      if (whole[start + index] !== name[index]) return false;
    }
    if (whole[start + length] !== 0) return false;
    this.#offset = start + length + 1;
    return true;
  }

  /** Reads a name or another text that ends with a zero byte. */
  #name(start: number, limit: number): string {
    const whole = this.#whole;
    let end = start;
    while (end < limit && whole[end] !== 0) end += 1;
    if (end >= limit) throw this.#fault('a name without its end', start);
    const name = readText(whole, start, end);
    if (name === undefined) throw invalidUtf8('a field name', start - this.#origin);
    this.#offset = end + 1;
    return name;
  }

  #readValue(type: number, limit: number, depth: number, shape: Shape | undefined): Value {
    const start = this.#offset;
    switch (type) {
      case 0x02:
        return this.#readString(limit);
      case 0x10:
        this.#skip(4, limit);
        return this.#view.getInt32(start, true);
      case 0x01:
        this.#skip(8, limit);
        return double(this.#view.getFloat64(start, true));
      case 0x12:
        this.#skip(8, limit);
        return this.#view.getBigInt64(start, true);
      case 0x08: {
        this.#skip(1, limit);
        const byte = this.#whole[start] as number;
        if (byte > 1) throw this.#fault('a boolean that is neither true nor false', start);
        return byte === 1;
      }
      case 0x09:
        this.#skip(8, limit);
        return this.#readInstant(start);
      case 0x07:
        this.#skip(12, limit);
        return new ObjectIdValue(this.#copy(start, 12));
      case 0x03:
        if (depth >= depthLimitOfReading) throw tooDeep(depthLimitOfReading);
        return this.#readFields(limit, depth + 1, this.#shapes.inner(shape), false) as Value;
      case 0x04:
        if (depth >= depthLimitOfReading) throw tooDeep(depthLimitOfReading);
        return this.#readArray(limit, depth + 1, shape);
      case 0x0a:
        return null;
      case 0x05:
        return this.#readBinary(limit);
      default:
        return this.#readRareValue(type, limit, depth);
    }
  }

  #readRareValue(type: number, limit: number, depth: number): Value {
    const start = this.#offset;
    switch (type) {
      case 0x06:
        return undefinedValue;
      case 0x0b: {
        const pattern = this.#name(start, limit);
        return new RegularExpressionValue(pattern, this.#name(this.#offset, limit));
      }
      case 0x0c: {
        const namespace = this.#readString(limit);
        const id = this.#offset;
        this.#skip(12, limit);
        return new PointerValue(namespace, new ObjectIdValue(this.#copy(id, 12)));
      }
      case 0x0d:
        return new CodeValue(this.#readString(limit), null);
      case 0x0e:
        return new SymbolValue(this.#readString(limit));
      case 0x0f: {
        if (depth >= depthLimitOfReading) throw tooDeep(depthLimitOfReading);
        this.#skip(4, limit);
        const end = start + this.#view.getInt32(start, true);
        if (end < start + 14 || end > limit) throw this.#fault('a code with scope whose length is wrong', start);
        const source = this.#readString(end);
        const scope = this.#readFields(end, depth + 1, undefined, false);
        if (this.#offset !== end) throw this.#fault('a code with scope whose length is wrong', start);
        return new CodeValue(source, scope);
      }
      case 0x11:
        this.#skip(8, limit);
        return new LogicalTimestampValue(this.#view.getUint32(start + 4, true), this.#view.getUint32(start, true));
      case 0x13:
        this.#skip(16, limit);
        return readDecimal(this.#copy(start, 16));
      case 0x7f:
        return maxKey;
      case 0xff:
        return minKey;
      default:
        throw this.#fault(`the unknown type 0x${type.toString(16).padStart(2, '0')}`, start);
    }
  }

  #readArray(limit: number, depth: number, shape: Shape | undefined): Value {
    const end = this.#documentEnd(limit);
    const whole = this.#whole;
    const elements: Value[] = [];
    while (this.#offset < end) {
      const type = whole[this.#offset] as number;
      let name = this.#offset + 1;
      while (name < end && whole[name] !== 0) name += 1;
      if (name >= end) throw this.#fault('a name without its end', this.#offset);
      this.#offset = name + 1;
      elements.push(this.#readValue(type, end, depth, shape));
    }
    this.#leave(end);
    return elements;
  }

  #readString(limit: number): string {
    const start = this.#offset + 4;
    const size = start < limit ? this.#view.getInt32(start - 4, true) : 0;
    const end = start + size - 1;
    if (size < 1 || end >= limit || this.#whole[end] !== 0) {
      throw this.#fault('a string whose length is wrong', start - 4);
    }
    this.#offset = end + 1;
    const text = readText(this.#whole, start, end);
    if (text === undefined) throw invalidUtf8('a string', start - this.#origin);
    return text;
  }

  #readBinary(limit: number): Value {
    const start = this.#offset;
    this.#skip(5, limit);
    const size = this.#view.getInt32(start, true);
    const subtype = this.#whole[start + 4] as number;
    if (size < 0 || start + 5 + size > limit) throw this.#fault('a binary whose length is wrong', start);
    this.#offset = start + 5 + size;
    if (subtype === 4 && size === 16) return new UuidValue(this.#copy(start + 5, 16));
    if (subtype !== 2) return new BinaryValue(this.#copy(start + 5, size), subtype);
    // Subtype 2 repeats its length inside.
    if (size < 4 || this.#view.getInt32(start + 5, true) !== size - 4) {
      throw this.#fault('an old binary whose inner length is wrong', start);
    }
    return new BinaryValue(this.#copy(start + 9, size - 4), 2);
  }

  #readInstant(start: number): InstantValue {
    const high = this.#view.getInt32(start + 4, true);
    if (high > -0x20_0000 && high < 0x20_0000) {
      return new InstantValue(high * 0x1_0000_0000 + this.#view.getUint32(start, true));
    }
    return instant(this.#view.getBigInt64(start, true));
  }

  #copy(start: number, length: number): Uint8Array {
    return this.#bytes.slice(start, start + length);
  }

  #skip(length: number, limit: number): void {
    if (this.#offset + length > limit)
      throw this.#fault('a value that runs over the end of its document', this.#offset);
    this.#offset += length;
  }

  #fault(what: string, offset: number): Error {
    return malformed(what, offset - this.#origin);
  }
}
