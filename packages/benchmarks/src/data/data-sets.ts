import { awkwardRecords } from './awkward-records.js';
import type { DataSet } from './data-set.js';
import { cities, countries, movies } from './real-data-sets.js';
import { tenFieldRecords } from './ten-field-records.js';
import { wideRecords } from './wide-records.js';

const dataSets: Readonly<Record<string, () => DataSet>> = {
  generated: () => tenFieldRecords,
  cities,
  movies,
  countries,
  wide: () => wideRecords,
  awkward: () => awkwardRecords,
};

/** Names that `dataSetNamed` knows. */
export const dataSetNames: readonly string[] = Object.keys(dataSets);

/** The data set of this name; throws a `RangeError` that lists the names there are. */
export function dataSetNamed(name: string): DataSet {
  const create = Object.hasOwn(dataSets, name) ? dataSets[name] : undefined;
  if (create === undefined) throw new RangeError(`There is no data set "${name}". Names: ${dataSetNames.join(', ')}`);
  return create();
}
