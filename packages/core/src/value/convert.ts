import { BinaryValue } from './binary.js';
import { documentEntries, documentFrom, MapValue, TupleValue } from './collection.js';
import { type Conversion, exactly } from './conversion.js';
import { TimeuuidValue, UuidValue } from './identifier.js';
import { kindSymbol, type ValueKind } from './kind.js';
import { VectorValue } from './location.js';
import { double } from './number.js';
import { convertNumber } from './number-conversion.js';
import { sortedElements } from './order.js';
import { fromStringForm, stringForm } from './string-form.js';
import { tagValue } from './tag.js';
import { InstantValue, instant, LocalDateValue } from './temporal.js';
import { type BoxedValue, isArray, isBoxed, isDocument, isInt32, isInt64, kindOf, type Value } from './value.js';

export type { Conversion } from './conversion.js';

const dayMilliseconds = 86_400_000n;

/**
 * A value in the natural form that another kind has for it, or undefined where that kind has none: 1.5 is no integer, and 300 no `int8`.
 *
 * - Numbers become other numbers that hold them; `exact` tells whether every digit survived.
 * - Anything but null becomes a `string` (see `stringForm`), and a string becomes whatever it is the form of.
 * - Sets (sorted), tuples, maps (as pairs) and vectors become an `array`; maps with string keys a `document`, other maps an array of pairs there too; documents a `map`; arrays a `tuple`.
 * - A point becomes a GeoJSON `document`, longitude first; every other kind becomes a wrapper there that tells all of it.
 * - Identifiers and addresses become a `binary`, instants an `int64` of milliseconds, times of day an `int64` of nanoseconds, dates an `instant` at midnight UTC, logical timestamps a `tuple`.
 * - To its own kind, an instant loses what is below the millisecond and a vector becomes one of 32-bit elements; all else stays as it is.
 *
 * Only the outermost value is converted; what it holds stays in its kinds.
 */
export function convertValue(value: Value, to: ValueKind): Conversion | undefined {
  const from = kindOf(value);
  if (from === to) return narrowForm(value);
  switch (to) {
    case 'string':
      return stringForm(value);
    case 'document':
      return documentForm(value);
    case 'array':
      return arrayForm(value);
    case 'tuple':
      return tupleForm(value);
    case 'map':
      return isDocument(value) ? exactly(new MapValue(documentEntries(value))) : undefined;
    default:
  }
  if (typeof value === 'string') return ofString(value, to);
  return convertNumber(value, to) ?? (isBoxed(value) ? convertBoxed(value, to) : undefined);
}

/** What a store keeps that has the kind and fewer digits. */
function narrowForm(value: Value): Conversion {
  if (!isBoxed(value)) return exactly(value);
  if (value[kindSymbol] === 'instant' && value.nanoseconds !== 0) {
    return { value: new InstantValue(value.epochMilliseconds, 0), exact: false };
  }
  if (value[kindSymbol] !== 'vector' || value.elements.BYTES_PER_ELEMENT === 4) return exactly(value);
  const elements = Float32Array.from(value.elements);
  return {
    value: new VectorValue(elements),
    exact: elements.every((element, index) => Object.is(element, value.elements[index])),
  };
}

/** A string that reads as a value of the kind; exact where that value's own text is this string. */
function ofString(text: string, to: ValueKind): Conversion | undefined {
  const value = fromStringForm(text, to);
  return value === undefined ? undefined : { value, exact: stringForm(value)?.value === text };
}

function documentForm(value: Value): Conversion {
  if (!isBoxed(value)) return exactly(tagValue(value));
  if (value[kindSymbol] === 'geoPoint') {
    return exactly({ type: 'Point', coordinates: [double(value.longitude), double(value.latitude)] });
  }
  if (value[kindSymbol] !== 'map') return exactly(tagValue(value));
  const named = value.entries.filter((entry): entry is readonly [string, Value] => typeof entry[0] === 'string');
  return exactly(named.length === value.entries.length ? documentFrom(named) : pairs(value.entries));
}

function arrayForm(value: Value): Conversion | undefined {
  if (!isBoxed(value)) return undefined;
  switch (value[kindSymbol]) {
    case 'set':
      return exactly(sortedElements(value.elements));
    case 'tuple':
      return exactly(value.elements);
    case 'map':
      return exactly(pairs(value.entries));
    case 'vector':
      return exactly(Array.from(value.elements, double));
    default:
      return undefined;
  }
}

function pairs(entries: readonly (readonly [Value, Value])[]): readonly Value[] {
  return entries.map(([key, value]) => [key, value]);
}

function tupleForm(value: Value): Conversion | undefined {
  if (isArray(value)) return exactly(new TupleValue(value));
  if (!isBoxed(value) || value[kindSymbol] !== 'logicalTimestamp') return undefined;
  return exactly(new TupleValue([BigInt(value.seconds), BigInt(value.ordinal)]));
}

function convertBoxed(value: BoxedValue, to: ValueKind): Conversion | undefined {
  switch (value[kindSymbol]) {
    case 'uuid': {
      if (to === 'binary') return exactly(new BinaryValue(value.bytes));
      const isTimed = (value.bytes[6] as number) >> 4 === 1;
      return to === 'timeuuid' && isTimed ? exactly(new TimeuuidValue(value.bytes)) : undefined;
    }
    case 'timeuuid':
      if (to === 'binary') return exactly(new BinaryValue(value.bytes));
      return to === 'uuid' ? exactly(new UuidValue(value.bytes)) : undefined;
    case 'objectId':
    case 'inet':
      return to === 'binary' ? exactly(new BinaryValue(value.bytes)) : undefined;
    case 'instant':
      return convertInstant(value, to);
    case 'localDate':
      return to === 'instant' ? exactly(instant(BigInt(value.epochDay) * dayMilliseconds)) : undefined;
    case 'localTime':
      return to === 'int64' ? exactly(BigInt(value.nanosecondOfDay)) : undefined;
    default:
      return undefined;
  }
}

function convertInstant(value: InstantValue, to: ValueKind): Conversion | undefined {
  const milliseconds = BigInt(value.epochMilliseconds);
  if (to === 'int64') {
    return isInt64(milliseconds) ? { value: milliseconds, exact: value.nanoseconds === 0 } : undefined;
  }
  if (to !== 'localDate' || value.nanoseconds !== 0 || milliseconds % dayMilliseconds !== 0n) return undefined;
  const day = Number(milliseconds / dayMilliseconds);
  return isInt32(day) ? exactly(new LocalDateValue(day)) : undefined;
}
