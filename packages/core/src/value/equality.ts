import { documentEntries, fieldOf } from './collection.js';
import { kindSymbol } from './kind.js';
import { compareBoxed } from './order.js';
import { type DocumentValue, isArray, isBoxed, isDocument, kindOf, type Value } from './value.js';

/**
 * Whether two values are one value.
 *
 * Kinds count: the `int32` 5, the `int64` 5 and the `double` 5 are three values. `NaN` equals `NaN`, `0` and `-0` differ, and so do the decimals `1.0` and `1.00`.
 * The order of a document's fields, of a set's elements and of a map's entries is not data.
 */
export function valuesEqual(a: Value, b: Value): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Object.is(a, b);
  if (a === b) return true;
  if (isArray(a)) return isArray(b) && elementsEqual(a, b);
  if (isDocument(a)) return isDocument(b) && documentsEqual(a, b);
  if (isBoxed(a)) {
    if (kindOf(a) !== kindOf(b)) return false;
    if (!isBoxed(b)) return valuesEqual(plainNumber(a), b);
    if (a[kindSymbol] === 'tuple') return elementsEqual(a.elements, (b as typeof a).elements);
    return compareBoxed(a, b) === 0;
  }
  return isBoxed(b) && kindOf(a) === kindOf(b) && valuesEqual(a, plainNumber(b));
}

/** What a boxed double or varint holds, for the comparison with an unboxed one. */
function plainNumber(value: Value): Value {
  return isBoxed(value) && (value[kindSymbol] === 'double' || value[kindSymbol] === 'varint') ? value.value : value;
}

function elementsEqual(a: readonly Value[], b: readonly Value[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) {
    if (!valuesEqual(a[index] as Value, b[index] as Value)) return false;
  }
  return true;
}

function documentsEqual(a: DocumentValue, b: DocumentValue): boolean {
  const left = documentEntries(a);
  const right = documentEntries(b);
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) {
    const [name, value] = left[index] as readonly [string, Value];
    const opposite = right[index] as readonly [string, Value];
    // Fields mostly stand in the same order, which saves the search.
    const other = opposite[0] === name ? opposite[1] : fieldOf(b, name);
    if (other === undefined || !valuesEqual(value, other)) return false;
  }
  return true;
}
