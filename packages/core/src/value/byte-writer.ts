import type { OrderedDocument } from './collection.js';
import { maximumDepth, tooDeep } from './depth.js';
import { type FieldOrder, FieldOrders } from './field-orders.js';
import { kindSymbol } from './kind.js';
import { kindTags } from './kind-tags.js';
import { type BoxedValue, isArray, isBoxed, isInt64, type PlainDocument, type Value } from './value.js';

/** Strings up to this many units are written in JavaScript; beyond it the call into native code is cheaper. */
const shortString = 64;

/** Shared by all writers: what it remembers does not depend on who writes. */
const orders = new FieldOrders();

/** Matches a surrogate that is not half of a pair. */

/**
 * Writes values in their canonical byte form, one after another, into one buffer that grows and is used again.
 *
 * Every value is a tag byte of its kind and then a body that tells its own length: a fixed size, or a length or count of 4 bytes (big-endian) before the content.
 * Strings are UTF-8, in which a surrogate that stands alone has the 3 bytes of its own number rather than those of U+FFFD.
 * Documents are their count, all names in order of UTF-16 units, and then all values in that order; sets and maps have their elements or entries in order of their bytes.
 */
export class ByteWriter {
  #buffer: Buffer = Buffer.allocUnsafeSlow(4096);
  #view = new DataView(this.#buffer.buffer);
  #offset = 0;
  /** Fields of the documents under way, the innermost last: one pair of arrays for all saves one per document. */
  readonly #names: string[] = [];
  readonly #values: Value[] = [];
  #stacked = 0;

  /** Goes on writing at `offset`, over what was written there. */
  reset(offset: number): void {
    this.#offset = offset;
    this.#stacked = 0;
  }

  /** What was written, in memory that the next writing uses again. */
  written(): Uint8Array {
    return this.#buffer.subarray(0, this.#offset);
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.#require(bytes.length);
    this.#buffer.set(bytes, this.#offset);
    this.#offset += bytes.length;
  }

  /** @throws DM_VALUE_TOO_DEEP */
  value(value: Value, depth: number): void {
    switch (typeof value) {
      case 'string':
        this.#byte(kindTags.string);
        this.#string(value);
        return;
      case 'number':
        this.#number(value);
        return;
      case 'boolean':
        this.#byte(kindTags.boolean);
        this.#byte(value ? 1 : 0);
        return;
      case 'bigint':
        this.#bigint(value);
        return;
      default:
    }
    if (value === null) {
      this.#byte(kindTags.null);
      return;
    }
    if (depth >= maximumDepth) throw tooDeep();
    if (isArray(value)) this.#elements(kindTags.array, value, depth);
    else if (isBoxed(value)) this.#boxed(value, depth);
    else this.#document(value, depth);
  }

  #boxed(value: BoxedValue, depth: number): void {
    const kind = value[kindSymbol];
    if (kind === 'document') {
      this.#orderedDocument(value as OrderedDocument, depth);
      return;
    }
    this.#byte(kindTags[kind]);
    switch (value[kindSymbol]) {
      case 'int8':
      case 'int16':
        this.#int32(value.value);
        return;
      case 'counter':
        this.#int64(value.value);
        return;
      case 'varint':
        this.#string(value.value.toString());
        return;
      case 'float32':
      case 'double':
        this.#float64(value.value);
        return;
      case 'decimal':
      case 'symbol':
        this.#string(value.text);
        return;
      case 'instant':
        this.#instant(value.epochMilliseconds, value.nanoseconds);
        return;
      case 'localDate':
        this.#int32(value.epochDay);
        return;
      case 'localTime':
        this.#float64(value.nanosecondOfDay);
        return;
      case 'uuid':
      case 'timeuuid':
      case 'objectId':
        this.raw(value.bytes);
        return;
      case 'binary':
        this.#byte(value.subtype);
        this.#bytes(value.bytes);
        return;
      case 'inet':
        this.#bytes(value.bytes);
        return;
      case 'reference':
        this.#string(value.path);
        return;
      case 'set':
        this.#count(value.elements.length);
        this.#sorted(value.elements.length, (index) => this.value(value.elements[index] as Value, depth + 1));
        return;
      case 'tuple':
        this.#list(value.elements, depth);
        return;
      case 'map':
        this.#count(value.entries.length);
        this.#sorted(value.entries.length, (index) => {
          const [key, inner] = value.entries[index] as readonly [Value, Value];
          this.value(key, depth + 1);
          this.value(inner, depth + 1);
        });
        return;
      default:
        this.#rareBoxed(value, depth);
    }
  }

  #rareBoxed(value: BoxedValue, depth: number): void {
    switch (value[kindSymbol]) {
      case 'duration':
        this.#int32(value.months);
        this.#int32(value.days);
        this.#int64(value.nanoseconds);
        return;
      case 'regularExpression':
        this.#string(value.pattern);
        this.#string(value.options);
        return;
      case 'logicalTimestamp':
        this.#count(value.seconds);
        this.#count(value.ordinal);
        return;
      case 'code':
        this.#string(value.source);
        this.value(value.scope, depth + 1);
        return;
      case 'pointer':
        this.#string(value.namespace);
        this.raw(value.id.bytes);
        return;
      case 'geoPoint':
        this.#float64(value.latitude);
        this.#float64(value.longitude);
        return;
      case 'vector':
        this.#byte(value.elements.BYTES_PER_ELEMENT);
        this.#count(value.elements.length);
        for (const element of value.elements) this.#float64(element);
        return;
      default:
    }
  }

  #elements(tag: number, elements: readonly Value[], depth: number): void {
    this.#byte(tag);
    this.#list(elements, depth);
  }

  #list(elements: readonly Value[], depth: number): void {
    this.#count(elements.length);
    for (let index = 0; index < elements.length; index += 1) this.value(elements[index] as Value, depth + 1);
  }

  #document(document: PlainDocument, depth: number): void {
    const start = this.#stacked;
    let end = start;
    for (const name of Object.keys(document)) {
      this.#names[end] = name;
      this.#values[end] = document[name] as Value;
      end += 1;
    }
    this.#fields(start, end, depth);
  }

  #orderedDocument(document: OrderedDocument, depth: number): void {
    const start = this.#stacked;
    let end = start;
    for (const [name, value] of document.entries) {
      this.#names[end] = name;
      this.#values[end] = value;
      end += 1;
    }
    this.#fields(start, end, depth);
  }

  /** Writes the document whose fields stand from `start` to `end` in the stacked names and values. */
  #fields(start: number, end: number, depth: number): void {
    if (end === start) {
      this.#byte(kindTags.document);
      this.#count(0);
      return;
    }
    this.#stacked = end;
    const order = orders.find(this.#names, start, end) ?? this.#newOrder(start, end);
    this.raw(order.header);
    for (let index = 0; index < order.places.length; index += 1) {
      this.value(this.#values[start + (order.places[index] as number)] as Value, depth + 1);
    }
    this.#stacked = start;
  }

  #newOrder(start: number, end: number): FieldOrder {
    const names = this.#names.slice(start, end);
    const places = Array.from(names.keys()).sort((a, b) => ((names[a] as string) < (names[b] as string) ? -1 : 1));
    const begin = this.#offset;
    this.#byte(kindTags.document);
    this.#count(names.length);
    for (const place of places) this.#string(names[place] as string);
    const header = new Uint8Array(this.#buffer.subarray(begin, this.#offset));
    this.#offset = begin;
    return orders.remember({ names, places, header });
  }

  /** Writes parts one by one, and then puts them into the order of their bytes. */
  #sorted(count: number, write: (index: number) => void): void {
    const begin = this.#offset;
    const ends: number[] = [];
    for (let index = 0; index < count; index += 1) {
      write(index);
      ends.push(this.#offset);
    }
    const copy = new Uint8Array(this.#buffer.subarray(begin, this.#offset));
    const parts = ends.map((end, index) =>
      copy.subarray(index === 0 ? 0 : (ends[index - 1] as number) - begin, end - begin),
    );
    this.#offset = begin;
    for (const part of parts.sort((a, b) => Buffer.compare(a, b))) this.raw(part);
  }

  #number(value: number): void {
    if (value === (value | 0) && (value !== 0 || !Object.is(value, -0))) {
      this.#byte(kindTags.int32);
      this.#int32(value);
    } else {
      this.#byte(kindTags.double);
      this.#float64(value);
    }
  }

  #bigint(value: bigint): void {
    if (isInt64(value)) {
      this.#byte(kindTags.int64);
      this.#int64(value);
    } else {
      this.#byte(kindTags.varint);
      this.#string(value.toString());
    }
  }

  #instant(epochMilliseconds: number | bigint, nanoseconds: number): void {
    const narrow = Number(epochMilliseconds);
    if (Number.isSafeInteger(narrow)) {
      this.#byte(0);
      this.#float64(narrow + 0);
    } else {
      this.#byte(1);
      this.#string(BigInt(epochMilliseconds).toString());
    }
    this.#int32(nanoseconds);
  }

  #byte(byte: number): void {
    this.#require(1);
    this.#buffer[this.#offset] = byte;
    this.#offset += 1;
  }

  #count(count: number): void {
    this.#require(4);
    this.#view.setUint32(this.#offset, count);
    this.#offset += 4;
  }

  #int32(value: number): void {
    this.#require(4);
    this.#view.setInt32(this.#offset, value);
    this.#offset += 4;
  }

  #int64(value: bigint): void {
    this.#require(8);
    this.#view.setBigInt64(this.#offset, value);
    this.#offset += 8;
  }

  /** One form for every `NaN`, whatever its bits. */
  #float64(value: number): void {
    this.#require(8);
    this.#view.setFloat64(this.#offset, Number.isNaN(value) ? Number.NaN : value);
    this.#offset += 8;
  }

  #bytes(bytes: Uint8Array): void {
    this.#count(bytes.length);
    this.raw(bytes);
  }

  #string(text: string): void {
    const length = text.length;
    this.#require(4 + 3 * length);
    const start = this.#offset + 4;
    let end = start;
    if (length <= shortString) {
      const buffer = this.#buffer;
      for (let index = 0; index < length; index += 1) {
        const unit = text.charCodeAt(index);
        if (unit > 127) break;
        buffer[end] = unit;
        end += 1;
      }
    }
    if (end - start < length) {
      end = start + this.#buffer.write(text, start, 'utf8');
      if (end - start > length && !text.isWellFormed()) end = this.#units(text, start);
    }
    this.#view.setUint32(start - 4, end - start);
    this.#offset = end;
  }

  /** UTF-8 in which a lone surrogate keeps its number. */
  #units(text: string, start: number): number {
    let end = start;
    for (const character of text) {
      const point = character.codePointAt(0) as number;
      if (point < 0xd800 || point > 0xdfff) end += this.#buffer.write(character, end, 'utf8');
      else {
        this.#buffer[end] = 0xe0 | (point >> 12);
        this.#buffer[end + 1] = 0x80 | ((point >> 6) & 63);
        this.#buffer[end + 2] = 0x80 | (point & 63);
        end += 3;
      }
    }
    return end;
  }

  #require(size: number): void {
    const needed = this.#offset + size;
    if (needed > this.#buffer.length) this.#grow(needed);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.length, needed));
    larger.set(this.#buffer.subarray(0, this.#offset));
    this.#buffer = larger;
    this.#view = new DataView(larger.buffer);
  }
}
