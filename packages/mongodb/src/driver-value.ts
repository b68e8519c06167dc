import { type BoxedValue, documentEntries, isArray, isInt32, isInt64, kindSymbol, type Value } from '@datamigrato/core';
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'bson';

/**
 * A value in the driver's own form, for filters: it is sent with exactly the bytes that the value stands for. Documents become maps, which keep their order.
 *
 * Undefined where the driver has no such form: a pointer, a date whose milliseconds no double is, a regular expression with options out of order.
 */
export function driverValue(value: Value): unknown {
  switch (typeof value) {
    case 'number':
      return isInt32(value) ? new Int32(value) : new Double(value);
    case 'bigint':
      return isInt64(value) ? Long.fromBigInt(value) : undefined;
    case 'string':
    case 'boolean':
      return value;
    default:
      if (value === null) return null;
      if (isArray(value)) return definedArray(value);
      if ((value as { readonly [kindSymbol]?: string })[kindSymbol] === undefined) {
        return definedMap(documentEntries(value as { readonly [name: string]: Value }));
      }
      return boxedDriverValue(value as BoxedValue);
  }
}

function boxedDriverValue(value: BoxedValue): unknown {
  switch (value[kindSymbol]) {
    case 'document':
      return definedMap(value.entries);
    case 'double':
      return new Double(value.value);
    case 'decimal':
      return Decimal128.fromString(value.text);
    case 'objectId':
      return new ObjectId(value.bytes);
    case 'uuid':
      return new Binary(value.bytes, 4);
    case 'binary':
      return new Binary(value.bytes, value.subtype);
    case 'instant':
      return wideDate(value.epochMilliseconds);
    case 'logicalTimestamp':
      return new Timestamp({ t: value.seconds, i: value.ordinal });
    case 'code': {
      const scope = value.scope === null ? undefined : definedMap(documentEntries(value.scope));
      return value.scope !== null && scope === undefined ? undefined : new Code(value.source, scope);
    }
    case 'symbol':
      return new BSONSymbol(value.text);
    case 'regularExpression': {
      const expression = new BSONRegExp(value.pattern, value.options);
      return expression.options === value.options ? expression : undefined; // The driver sorts the options.
    }
    case 'minKey':
      return new MinKey();
    case 'maxKey':
      return new MaxKey();
    default:
      return undefined;
  }
}

/** A date that the driver sends with exactly these milliseconds, or undefined where it would round them. */
function wideDate(milliseconds: number | bigint): WideDate | undefined {
  const rounded = Number(milliseconds);
  return Long.fromNumber(rounded).toBigInt() === BigInt(milliseconds) ? new WideDate(rounded) : undefined;
}

/** A date whose milliseconds may lie beyond those that JavaScript's dates show; the driver asks for nothing but them. */
class WideDate extends Date {
  readonly #milliseconds: number;

  constructor(milliseconds: number) {
    super(0);
    this.#milliseconds = milliseconds;
  }

  override getTime(): number {
    return this.#milliseconds;
  }
}

function definedMap(entries: readonly (readonly [string, Value])[]): Map<string, unknown> | undefined {
  const map = new Map<string, unknown>();
  for (const [name, value] of entries) {
    const converted = driverValue(value);
    if (converted === undefined) return undefined;
    map.set(name, converted);
  }
  return map;
}

function definedArray(elements: readonly Value[]): unknown[] | undefined {
  const converted = elements.map(driverValue);
  return converted.includes(undefined) ? undefined : converted;
}
