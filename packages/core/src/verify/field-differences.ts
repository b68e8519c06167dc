import type { DataRecord } from '../record/data-record.js';
import { documentEntries, fieldOf, SetValue, TupleValue } from '../value/collection.js';
import { valuesEqual } from '../value/equality.js';
import type { ValueKind } from '../value/kind.js';
import { isArray, isDocument, kindOf, type Value } from '../value/value.js';

/** How one field of one record differs. No value is in it. */
export interface FieldDifference {
  /** Names from the record's root, array elements by their place. */
  readonly path: readonly string[];
  /**
   * - `missing`, `extra`: only the source, only the target has it.
   * - `kind`: same place, another kind.
   * - `order`: the same elements in another order.
   * - `value`: another value of the same kind.
   */
  readonly difference: 'missing' | 'extra' | 'kind' | 'order' | 'value';
  readonly expectedKind?: ValueKind;
  readonly actualKind?: ValueKind;
}

/** Differences listed for one record at most; more are counted by nobody, since the record is repaired as a whole. */
const mostListed = 50;

/** Where two records with one key differ. */
export function fieldDifferences(expected: DataRecord, actual: DataRecord): readonly FieldDifference[] {
  const differences: FieldDifference[] = [];
  compare([], expected.fields, actual.fields, differences);
  return differences;
}

function compare(path: readonly string[], expected: Value, actual: Value, differences: FieldDifference[]): void {
  if (differences.length >= mostListed || valuesEqual(expected, actual)) return;
  const expectedKind = kindOf(expected);
  const actualKind = kindOf(actual);
  if (expectedKind !== actualKind) {
    differences.push({ path, difference: 'kind', expectedKind, actualKind });
    return;
  }
  if (isDocument(expected) && isDocument(actual)) {
    for (const [name, value] of documentEntries(expected)) {
      const other = fieldOf(actual, name);
      if (other === undefined)
        differences.push({ path: [...path, name], difference: 'missing', expectedKind: kindOf(value) });
      else compare([...path, name], value, other, differences);
    }
    for (const [name, value] of documentEntries(actual)) {
      if (fieldOf(expected, name) === undefined)
        differences.push({ path: [...path, name], difference: 'extra', actualKind: kindOf(value) });
    }
    return;
  }
  const left = elementsOf(expected);
  const right = elementsOf(actual);
  if (left === undefined || right === undefined || left.length !== right.length) {
    differences.push({ path, difference: 'value', expectedKind, actualKind });
  } else if (sameElements(left, right)) differences.push({ path, difference: 'order', expectedKind, actualKind });
  else
    for (const [index, element] of left.entries())
      compare([...path, String(index)], element, right[index] as Value, differences);
}

function elementsOf(value: Value): readonly Value[] | undefined {
  if (isArray(value)) return value;
  return value instanceof TupleValue || value instanceof SetValue ? value.elements : undefined;
}

function sameElements(left: readonly Value[], right: readonly Value[]): boolean {
  const rest = [...right];
  return left.every((element) => {
    const place = rest.findIndex((other) => valuesEqual(element, other));
    if (place >= 0) rest.splice(place, 1);
    return place >= 0;
  });
}
