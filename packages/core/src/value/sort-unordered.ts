import { documentEntries, documentFrom, MapValue, SetValue, TupleValue } from './collection.js';
import { kindSymbol } from './kind.js';
import { sortedElements, sortedEntries } from './order.js';
import { isArray, isBoxed, isDocument, type Value } from './value.js';

/** An equal value in which sets and maps are sorted, at every depth. The order of fields is kept. */
export function sortUnordered(value: Value): Value {
  if (isArray(value)) return value.map(sortUnordered);
  if (isDocument(value))
    return documentFrom(documentEntries(value).map(([name, inner]) => [name, sortUnordered(inner)]));
  if (!isBoxed(value)) return value;
  switch (value[kindSymbol]) {
    case 'set':
      return new SetValue(sortedElements(value.elements.map(sortUnordered)));
    case 'tuple':
      return new TupleValue(value.elements.map(sortUnordered));
    case 'map':
      return new MapValue(
        sortedEntries(value.entries.map(([key, inner]) => [sortUnordered(key), sortUnordered(inner)])),
      );
    default:
      return value;
  }
}
