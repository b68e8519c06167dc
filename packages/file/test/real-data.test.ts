import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type DataRecord, documentEntries, isDocument, type Value, valueToText } from '@datamigrato/core';
import { type RealDataName, realDataFile, realDataRecords } from '@datamigrato/testbed';
import { describe, expect, it } from 'vitest';
import type { FileOptionsInput } from '../src/index.js';
import { call, named, openFile, readAll, schemaOf, temporaryFolder, writeRecords } from './harness.js';

const sets: readonly (readonly [
  RealDataName,
  Omit<FileOptionsInput, 'path'>,
  { readonly records: number; readonly key: string },
])[] = [
  ['movies', {}, { records: 3201, key: '_id' }],
  ['earthquakes', { recordsPath: 'features' }, { records: 1707, key: 'id' }],
  ['countries', { key: 'cca3' }, { records: 250, key: 'cca3' }],
  ['cities', {}, { records: 171_075, key: '_id' }],
];

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
  it.each(sets)(
    '%s: every record is read, goes through an archive and comes back',
    async (name, options, set) => {
      const path = realDataFile(name);
      const endpoint = await openFile(path, options);
      const entity = path.split(/[\\/]/).at(-1)?.replace('.json', '') ?? '';
      const { schema, records, failures } = await readAll(endpoint, entity);
      expect(failures).toEqual([]);
      expect(records).toHaveLength(set.records);
      expect(await endpoint.admin()?.countRecords(named(entity), call)).toEqual({ value: set.records, exact: true });
      expect(schema.key.map(({ name }) => name)).toEqual([set.key]);
      expect(new Set(records.map(({ key }) => valueToText([...key]))).size).toBe(set.records);
      const expected = await realDataRecords(name);
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
