import type { KindSupport, Manifest } from '../connector/manifest.js';
import type { ValueType } from '../schema/entity-schema.js';
import { documentEntries, documentFrom, fieldOf, MapValue, SetValue, TupleValue } from '../value/collection.js';
import { convertValue } from '../value/convert.js';
import type { ValueKind } from '../value/kind.js';
import { levelsOf } from '../value/levels.js';
import { VectorValue } from '../value/location.js';
import { isMistakable } from '../value/restore.js';
import { tagValue } from '../value/tag.js';
import { type DocumentValue, isArray, isDocument, kindOf, type Value } from '../value/value.js';

/** The value as a document store holds it. */
export type DocumentConversion = (value: Value) => Value;

/**
 * Compiles how values at one place are given to a document store that lacks some kinds.
 *
 * - A value of the kind that the sample agreed on takes the natural form; a lock file then brings it back.
 * - Any other value stays where the store holds its kind and the lock could not mistake it; else it goes into a wrapper that tells its kind.
 * - With `levels`, what would have more levels of documents and arrays inside one another goes into wrappers, the innermost that there is room for: a wrapper is one level itself.
 */
export function compileDocumentValue(
  sourceType: ValueType | undefined,
  target: Manifest,
  fidelity: 'natural' | 'tagged',
  levels?: number,
): DocumentConversion {
  if (levels !== undefined && levels <= 1) return compileFlatValue(sourceType, target, fidelity);
  const below = levels === undefined ? undefined : levels - 1;
  const supports = target.values;
  const expected = fidelity === 'tagged' ? undefined : sourceType;
  const changing = expected !== undefined && mayChange(supports[expected.kind]) ? expected : undefined;
  const element =
    expected?.element === undefined ? undefined : compileDocumentValue(expected.element, target, fidelity, below);
  const elements = expected?.elements?.map((inner) => compileDocumentValue(inner, target, fidelity, below));
  const mapKey = expected?.key === undefined ? undefined : compileDocumentValue(expected.key, target, fidelity, below);
  const mapValue =
    expected?.value === undefined ? undefined : compileDocumentValue(expected.value, target, fidelity, below);
  const fields = new Map(
    (expected?.fields ?? []).map((field) => [field.name, compileDocumentValue(field.type, target, fidelity, below)]),
  );

  const plainStrings = (expected ?? textType).kind === 'string' && isHeld(target, 'string');
  const plainNumbers = expected === undefined && isHeld(target, 'int32') && isHeld(target, 'double');

  const convert = (value: Value): Value => {
    if (plainStrings && typeof value === 'string') return value;
    if (plainNumbers && typeof value === 'number') return value;
    const kind = kindOf(value);
    if (expected !== undefined && kind !== 'null') {
      // What the sample agreed on inside a vector says nothing of what is inside an array in its place.
      if (kind !== expected.kind) return isMistakable(value, expected) ? tagValue(value) : ofOtherKind(value);
      if (changing !== undefined) {
        const form = natural(value, kind);
        return levels !== undefined && levelsOf(form) > levels ? tagValue(value) : form;
      }
    }
    const support = supports[kind];
    if (support.fidelity !== 'exact' || support.holds?.(value) === false || support.readAs?.of(value) === true)
      return tagValue(value);
    if (typeof value !== 'object' || value === null) return value;
    if (isArray(value)) return convertElements(value, inArray(element ?? unknown));
    if (isDocument(value)) return convertFields(value);
    if (value instanceof SetValue) return rebuilt(value, convertElements(value.elements, element ?? unknown));
    if (value instanceof TupleValue)
      return rebuilt(
        value,
        convertEach(value.elements, (index) => elements?.[index] ?? unknown),
      );
    if (value instanceof MapValue) {
      return new MapValue(
        value.entries.map(([key, inner]) => [(mapKey ?? unknown)(key), (mapValue ?? unknown)(inner)]),
      );
    }
    return value;
  };

  const natural = (value: Value, kind: ValueKind): Value => {
    const support = supports[kind];
    if (support.fidelity === 'unsupported') return tagValue(value);
    // The bits of its elements are the type's to tell.
    if (value instanceof VectorValue && expected?.element?.kind !== elementKind(value)) return tagValue(value);
    const conversion = convertValue(value, support.as);
    if (conversion === undefined || !(conversion.exact || support.fidelity === 'lossy')) return tagValue(value);
    if (supports[support.as].holds?.(conversion.value) === false) return tagValue(value);
    // A map with such a key would read as a wrapper.
    if (kind === 'map' && isDocument(conversion.value) && fieldOf(conversion.value, '@dm') !== undefined)
      return tagValue(value);
    const { readAs } = supports[support.as];
    const read = readAs?.of(conversion.value) ? convertValue(conversion.value, readAs.kind) : conversion;
    return convertInside(read?.value ?? conversion.value, kind, value);
  };

  // The natural form of a collection holds values that may themselves have to change.
  const convertInside = (value: Value, kind: ValueKind, original: Value): Value => {
    if (isArray(value)) {
      if (kind === 'map' && target.nestedArrays === false) return tagValue(original);
      if (kind === 'map')
        return value.map((pair) =>
          isArray(pair) ? [(mapKey ?? unknown)(pair[0] ?? null), (mapValue ?? unknown)(pair[1] ?? null)] : pair,
        );
      // The numbers of a vector are doubles by now, whatever their width was.
      if (kind === 'vector') return convertElements(value, numbers);
      if (elements !== undefined) return value.map((inner, index) => inArray(elements[index] ?? unknown)(inner));
      return convertElements(value, inArray(element ?? unknown));
    }
    if (kind === 'map' && isDocument(value))
      return documentFrom(documentEntries(value).map(([name, inner]) => [name, (mapValue ?? unknown)(inner)]));
    return kind === 'geoPoint' ? numbers(value) : value;
  };

  /** What stands directly in an array, in which some stores take no other array and no vector. */
  const inArray = (conversion: DocumentConversion): DocumentConversion => {
    if (target.nestedArrays !== false) return conversion;
    return (inner) => {
      const converted = conversion(inner);
      return isArray(converted) || converted instanceof VectorValue ? tagValue(inner) : converted;
    };
  };

  const convertFields = (document: DocumentValue): Value => {
    if (fieldOf(document, '@dm') !== undefined) return tagValue(document);
    let changed = false;
    const entries = documentEntries(document).map(([name, inner]) => {
      const converted = (fields.get(name) ?? unknown)(inner);
      if (converted !== inner) changed = true;
      return [name, converted] as const;
    });
    return changed ? documentFrom(entries) : document;
  };

  const unknown: DocumentConversion =
    below !== undefined
      ? compileWhenNeeded(() => compileDocumentValue(undefined, target, fidelity, below))
      : expected === undefined
        ? convert
        : compileDocumentValue(undefined, target, fidelity);
  const ofOtherKind = compileWhenNeeded(() => compileDocumentValue(undefined, target, fidelity, levels));
  const numbersIn = changing === undefined ? undefined : numberForms.get(changing.kind);
  const numbers: DocumentConversion =
    numbersIn === undefined ? unknown : compileDocumentValue(numbersIn, target, fidelity);
  return convert;
}

/** For a place that has room for one level alone: an array or document of scalars, or a wrapper. */
function compileFlatValue(
  sourceType: ValueType | undefined,
  target: Manifest,
  fidelity: 'natural' | 'tagged',
): DocumentConversion {
  const convert = compileDocumentValue(sourceType, target, fidelity);
  return (value) => {
    const converted = convert(value);
    return levelsOf(converted) > 1 ? tagValue(value) : converted;
  };
}

/** A conversion that is compiled with its first value: there is one for each level, and most are never reached. */
function compileWhenNeeded(compile: () => DocumentConversion): DocumentConversion {
  let conversion: DocumentConversion | undefined;
  return (value) => {
    conversion ??= compile();
    return conversion(value);
  };
}

function elementKind({ elements }: VectorValue): ValueKind {
  return elements.BYTES_PER_ELEMENT === 4 ? 'float32' : 'double';
}

const textType: ValueType = { kind: 'string' };

/** The numbers inside the natural forms of vectors and points, which a lock tells from others. */
const numberForms: ReadonlyMap<ValueKind, ValueType> = new Map([
  ['vector', { kind: 'double' }],
  [
    'geoPoint',
    { kind: 'document', fields: [{ name: 'coordinates', type: { kind: 'array', element: { kind: 'double' } } }] },
  ],
]);

function mayChange(support: KindSupport): boolean {
  return support.fidelity !== 'exact' || support.readAs !== undefined;
}

/** Whether a store holds every value of a kind as it is. */
function isHeld(target: Manifest, kind: ValueKind): boolean {
  const support = target.values[kind];
  return support.fidelity === 'exact' && support.holds === undefined;
}

function convertElements(elements: readonly Value[], convert: DocumentConversion): readonly Value[] {
  return convertEach(elements, () => convert);
}

/** The elements converted; the very array that was given where none of them changes. */
function convertEach(
  elements: readonly Value[],
  conversionAt: (index: number) => DocumentConversion,
): readonly Value[] {
  let changed: Value[] | undefined;
  for (let index = 0; index < elements.length; index += 1) {
    const element = elements[index] as Value;
    const converted = conversionAt(index)(element);
    if (changed !== undefined) changed.push(converted);
    else if (converted !== element) changed = [...elements.slice(0, index), converted];
  }
  return changed ?? elements;
}

function rebuilt(collection: SetValue | TupleValue, elements: readonly Value[]): Value {
  if (elements === collection.elements) return collection;
  return collection instanceof SetValue ? new SetValue(elements) : new TupleValue(elements);
}
