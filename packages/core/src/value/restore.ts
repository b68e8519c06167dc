import type { ValueType } from '../schema/entity-schema.js';
import { documentEntries, documentFrom, fieldOf, MapValue, SetValue, TupleValue } from './collection.js';
import { convertValue } from './convert.js';
import { ObjectIdValue, TimeuuidValue, UuidValue } from './identifier.js';
import { kindSymbol } from './kind.js';
import { GeoPointValue, InetValue, VectorValue } from './location.js';
import { floatIn, integerIn } from './number-conversion.js';
import { LogicalTimestampValue } from './special.js';
import { fromStringForm, stringForm } from './string-form.js';
import { isTagged, taggedValue, untagValue } from './tag.js';
import { instant, LocalTimeValue } from './temporal.js';
import { type DocumentValue, isArray, isBoxed, isDocument, kindOf, type Value } from './value.js';

/**
 * The value that `convertValue` or `tagValue` made this one from, given the type that it had; undefined where it cannot come from a value of that type.
 *
 * Works at every depth that the type describes. Values inside that the type does not describe, or that do not fit it, are taken out of their wrappers and else left as they are.
 * A document with a field `@dm` is taken for a wrapper: one of a user must have been wrapped itself.
 * Null stays null, whatever the type: it stands for an absent value.
 */
export function restoreValue(value: Value, type: ValueType): Value | undefined {
  if (value === null) return null;
  if (isTagged(value)) {
    const tagged = taggedValue(value);
    return tagged !== undefined && kindOf(tagged) === type.kind ? tagged : undefined;
  }
  if (kindOf(value) === type.kind) return restoreInside(value, type);
  const outer = restoreOuter(value, type);
  return outer === undefined ? undefined : restoreInside(outer, type);
}

/**
 * Whether {@link restoreValue} could take a value of another kind for one of this type, once it is stored as it is.
 *
 * What stands inside is not looked at: it has no say, and may be a document of a user with a field `@dm`, which is yet to be wrapped.
 */
export function isMistakable(value: Value, type: ValueType): boolean {
  return isTagged(value) || restoreOuter(value, type) !== undefined;
}

function restoreOuter(value: Value, type: ValueType): Value | undefined {
  if (typeof value === 'string') return fromStringForm(value, type.kind);
  switch (type.kind) {
    case 'string':
      return stringForm(value)?.value;
    case 'array':
      return isBoxed(value) && value[kindSymbol] === 'tuple' ? value.elements : undefined;
    case 'set':
      return isArray(value) ? new SetValue(value) : undefined;
    case 'tuple':
      return isArray(value) ? new TupleValue(value) : undefined;
    case 'map':
      return restoreMap(value);
    case 'document':
      return restoreDocument(value);
    case 'vector':
      return isArray(value) ? restoreVector(value, type) : undefined;
    case 'geoPoint':
      return isDocument(value) ? restorePoint(value) : undefined;
    case 'logicalTimestamp':
      return restoreLogicalTimestamp(value);
    case 'instant':
      return restoreInstant(value);
    case 'localTime': {
      const nanoseconds = integerIn(value);
      return nanoseconds !== undefined && nanoseconds >= 0n && nanoseconds < 86_400_000_000_000n
        ? new LocalTimeValue(Number(nanoseconds))
        : undefined;
    }
    case 'objectId':
    case 'inet':
    case 'uuid':
    case 'timeuuid':
      return restoreIdentifier(value, type.kind);
    default: {
      const conversion = convertValue(value, type.kind);
      return conversion?.exact ? conversion.value : undefined;
    }
  }
}

function restoreMap(value: Value): Value | undefined {
  if (isDocument(value)) return new MapValue(documentEntries(value));
  if (!isArray(value)) return undefined;
  const entries: (readonly [Value, Value])[] = [];
  for (const pair of value) {
    if (!isArray(pair) || pair.length !== 2) return undefined;
    entries.push([pair[0] as Value, pair[1] as Value]);
  }
  return new MapValue(entries);
}

function restoreDocument(value: Value): Value | undefined {
  if (!isBoxed(value) || value[kindSymbol] !== 'map') return undefined;
  const entries = value.entries.filter((entry): entry is readonly [string, Value] => typeof entry[0] === 'string');
  return entries.length === value.entries.length ? documentFrom(entries) : undefined;
}

/** The bits of the elements are the type's; where it does not tell them, the fewer that hold them all. */
function restoreVector(elements: readonly Value[], type: ValueType): Value | undefined {
  const numbers: number[] = [];
  for (const element of elements) {
    const number = numberIn(element);
    if (number === undefined) return undefined;
    numbers.push(number);
  }
  const narrow =
    type.element === undefined
      ? numbers.every((number) => Object.is(Math.fround(number), number))
      : type.element.kind === 'float32';
  return new VectorValue(narrow ? Float32Array.from(numbers) : Float64Array.from(numbers));
}

function restorePoint(value: DocumentValue): Value | undefined {
  const coordinates = fieldOf(value, 'coordinates');
  if (fieldOf(value, 'type') !== 'Point' || coordinates === undefined || !isArray(coordinates)) return undefined;
  const [longitude, latitude] = coordinates.map(numberIn);
  if (longitude === undefined || latitude === undefined || coordinates.length !== 2) return undefined;
  return documentEntries(value).length === 2 ? new GeoPointValue(latitude, longitude) : undefined;
}

function restoreLogicalTimestamp(value: Value): Value | undefined {
  const parts = isArray(value) ? value : isBoxed(value) && value[kindSymbol] === 'tuple' ? value.elements : [];
  const [seconds, ordinal] = parts.map((part) => Number(integerIn(part) ?? -1n));
  if (parts.length !== 2 || seconds === undefined || ordinal === undefined) return undefined;
  const fits = seconds >= 0 && ordinal >= 0 && seconds <= 4294967295 && ordinal <= 4294967295;
  return fits ? new LogicalTimestampValue(seconds, ordinal) : undefined;
}

function restoreInstant(value: Value): Value | undefined {
  const milliseconds = integerIn(value);
  return milliseconds === undefined ? convertValue(value, 'instant')?.value : instant(milliseconds);
}

function restoreIdentifier(value: Value, kind: 'objectId' | 'inet' | 'uuid' | 'timeuuid'): Value | undefined {
  if (!isBoxed(value)) return undefined;
  const isUuid = value[kindSymbol] === 'uuid' || value[kindSymbol] === 'timeuuid';
  if (value[kindSymbol] !== 'binary' && !(isUuid && (kind === 'uuid' || kind === 'timeuuid'))) return undefined;
  const { bytes } = value;
  if (kind === 'objectId') return bytes.length === 12 ? new ObjectIdValue(bytes) : undefined;
  if (kind === 'inet') return bytes.length === 4 || bytes.length === 16 ? new InetValue(bytes) : undefined;
  if (bytes.length !== 16) return undefined;
  return kind === 'uuid' ? new UuidValue(bytes) : new TimeuuidValue(bytes);
}

/** The number in a value that a store may have given back as another kind of number than was written, or in a wrapper. */
function numberIn(stored: Value): number | undefined {
  const value = taggedValue(stored) ?? stored;
  const float = floatIn(value);
  if (float !== undefined) return float;
  const conversion = convertValue(value, 'double');
  if (!conversion?.exact || typeof value === 'string') return undefined;
  return floatIn(conversion.value);
}

function restoreInside(value: Value, type: ValueType): Value {
  if (isArray(value)) return restoreElements(value, type);
  if (!isBoxed(value)) return isDocument(value) ? restoreFields(value, type) : value;
  switch (value[kindSymbol]) {
    case 'document':
      return restoreFields(value, type);
    case 'set':
    case 'tuple': {
      const elements = restoreElements(value.elements, type);
      if (elements === value.elements) return value;
      return value[kindSymbol] === 'set' ? new SetValue(elements) : new TupleValue(elements);
    }
    case 'map': {
      const entries = value.entries.map(
        ([key, inner]) => [restoreInner(key, type.key), restoreInner(inner, type.value)] as const,
      );
      return new MapValue(entries);
    }
    case 'vector':
      return type.element?.kind === 'double' && value.elements instanceof Float32Array
        ? new VectorValue(Float64Array.from(value.elements))
        : value;
    default:
      return value;
  }
}

function restoreElements(elements: readonly Value[], type: ValueType): readonly Value[] {
  let restored: Value[] | undefined;
  for (let index = 0; index < elements.length; index += 1) {
    const element = elements[index] as Value;
    const inner = restoreInner(element, type.elements?.[index] ?? type.element);
    if (inner === element) continue;
    restored ??= elements.slice();
    restored[index] = inner;
  }
  return restored ?? elements;
}

function restoreFields(document: DocumentValue, type: ValueType): DocumentValue {
  const types = new Map(type.fields?.map((field) => [field.name, field.type]));
  let changed = false;
  const entries = documentEntries(document).map(([name, value]) => {
    const inner = restoreInner(value, types.get(name));
    if (inner !== value) changed = true;
    return [name, inner] as const;
  });
  return changed ? documentFrom(entries) : document;
}

function restoreInner(value: Value, type: ValueType | undefined): Value {
  return (type === undefined ? undefined : restoreValue(value, type)) ?? untagValue(value);
}
