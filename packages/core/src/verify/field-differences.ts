import { hash } from 'node:crypto';
import type { DataRecord } from '../record/data-record.js';
import { canonicalBytes } from '../value/bytes.js';
import { documentEntries, fieldOf, SetValue, TupleValue } from '../value/collection.js';
import { valuesEqual } from '../value/equality.js';
import type { ValueKind } from '../value/kind.js';
import { type DocumentValue, isArray, isDocument, kindOf, type Value } from '../value/value.js';
import { fieldOrderText } from './field-order.js';

/** How one field of one record differs. No value is in it. */
export interface FieldDifference {
  /** Names from the record's root, array elements by their place. */
  readonly path: readonly string[];
  /**
   * - `missing`, `extra`: only the source, only the target has it.
   * - `kind`: same place, another kind.
   * - `order`: the same elements, or the same fields, in another order.
   * - `value`: another value of the same kind.
   */
  readonly difference: 'missing' | 'extra' | 'kind' | 'order' | 'value';
  readonly expectedKind?: ValueKind;
  readonly actualKind?: ValueKind;
}

/** Differences listed for one record at most; more are counted by nobody, since the record is repaired as a whole. */
const mostListed = 50;

/** What counts as a difference. */
export interface FieldComparison {
  /** Whether the order of a document's fields is data, as it is between two stores that keep it. */
  readonly ordered: boolean;
}

/** Where two records with one key differ. */
export function fieldDifferences(
  expected: DataRecord,
  actual: DataRecord,
  comparison: FieldComparison = { ordered: false },
): readonly FieldDifference[] {
  const differences: FieldDifference[] = [];
  compare([], expected.fields, actual.fields, comparison, differences);
  return differences.slice(0, mostListed);
}

function compare(
  path: readonly string[],
  expected: Value,
  actual: Value,
  comparison: FieldComparison,
  differences: FieldDifference[],
): void {
  if (differences.length >= mostListed || agree(expected, actual, comparison)) return;
  const expectedKind = kindOf(expected);
  const actualKind = kindOf(actual);
  if (expectedKind !== actualKind) {
    differences.push({ path, difference: 'kind', expectedKind, actualKind });
    return;
  }
  if (isDocument(expected) && isDocument(actual)) {
    compareDocuments(path, expected, actual, comparison, differences);
    return;
  }
  const left = elementsOf(expected);
  const right = elementsOf(actual);
  if (left === undefined || right === undefined || left.length !== right.length) {
    differences.push({ path, difference: 'value', expectedKind, actualKind });
  } else if (sameElements(left, right, comparison)) {
    differences.push({ path, difference: 'order', expectedKind, actualKind });
  } else {
    for (const [index, element] of left.entries())
      compare([...path, String(index)], element, right[index] as Value, comparison, differences);
  }
}

function compareDocuments(
  path: readonly string[],
  expected: DocumentValue,
  actual: DocumentValue,
  comparison: FieldComparison,
  differences: FieldDifference[],
): void {
  const before = differences.length;
  for (const [name, value] of documentEntries(expected)) {
    const other = fieldOf(actual, name);
    if (other === undefined)
      differences.push({ path: [...path, name], difference: 'missing', expectedKind: kindOf(value) });
    else compare([...path, name], value, other, comparison, differences);
  }
  for (const [name, value] of documentEntries(actual)) {
    if (fieldOf(expected, name) === undefined)
      differences.push({ path: [...path, name], difference: 'extra', actualKind: kindOf(value) });
  }
  // All fields agree by themselves, so that what differs is their order.
  if (differences.length === before && before < mostListed)
    differences.push({ path, difference: 'order', expectedKind: 'document', actualKind: 'document' });
}

function agree(expected: Value, actual: Value, { ordered }: FieldComparison): boolean {
  return valuesEqual(expected, actual) && !(ordered && fieldOrderText(expected) !== fieldOrderText(actual));
}

function elementsOf(value: Value): readonly Value[] | undefined {
  if (isArray(value)) return value;
  return value instanceof TupleValue || value instanceof SetValue ? value.elements : undefined;
}

/** Whether two lists hold the same elements as often, wherever they stand. Takes time in proportion to their length. */
function sameElements(left: readonly Value[], right: readonly Value[], { ordered }: FieldComparison): boolean {
  const textOf = (element: Value): string =>
    `${hash('sha256', canonicalBytes(element), 'base64')}${ordered ? fieldOrderText(element) : ''}`;
  const counts = new Map<string, number>();
  for (const text of left.map(textOf)) counts.set(text, (counts.get(text) ?? 0) + 1);
  return right.every((element) => {
    const text = textOf(element);
    const count = counts.get(text) ?? 0;
    counts.set(text, count - 1);
    return count > 0;
  });
}
