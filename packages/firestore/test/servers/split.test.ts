import { type DataRecord, entityName, valuesEqual, valueToText, type WriteMode } from '@datamigrato/core';
import { expect, test } from 'vitest';
import { partsCollection } from '../../src/document-parts.js';
import type { NativeDocument } from '../../src/native-document.js';
import { call, describeOnEmulator, partitionsOf, recordsOf, schemaOf, type TestDatabase } from './harness.js';

const done = { failures: [], unchanged: 0 };

/** A record whose list takes some 1.3 MiB for each `length`. */
const large = (id: string, length: number, text = 'x'): DataRecord => ({
  key: [id],
  fields: { name: id, list: Array.from({ length: length * 13 }, () => text.repeat(100_000)) },
});

function encoded(
  { endpoint }: TestDatabase,
  entity: string,
  records: readonly DataRecord[],
): readonly NativeDocument[] {
  const encoder = endpoint.connector.codec.createEncoder({ ...schemaOf(entity), splits: 'list' });
  return records.map((record) => encoder.encode(record) as NativeDocument);
}

async function writeSplit(
  database: TestDatabase,
  entity: string,
  records: readonly DataRecord[],
  mode: WriteMode = 'replace',
) {
  const natives = encoded(database, entity, records);
  return await database.endpoint.target().writeBatch(entityName(entity), natives, { ...call, mode });
}

await describeOnEmulator('documents in parts', 'demo-firestore-split', (database) => {
  const partsOf = async (document: string): Promise<readonly string[]> =>
    [...(await database().oracle.documents(`${document}/${partsCollection}`)).keys()].sort();
  const same = (found: readonly DataRecord[], expected: readonly DataRecord[]): void => {
    expect(found.map(({ key }) => key)).toEqual(expected.map(({ key }) => key));
    for (const [index, record] of expected.entries())
      expect(valuesEqual(found[index]?.fields ?? null, record.fields), valueToText(record.key)).toBe(true);
  };

  test('are told as one record, counted as one, and listed as no collection', async () => {
    const records = [large('a', 1), large('b', 5), { key: ['c'], fields: { list: [] } }];
    expect(await writeSplit(database(), 'whole', records)).toEqual(done);
    expect((await partsOf('whole/b')).length).toBeGreaterThan(5);
    expect(await partsOf('whole/c')).toEqual([]);
    same(await recordsOf(database(), 'whole', 4), records);
    const { endpoint } = database();
    const listed: string[] = [];
    for await (const { entity } of endpoint.source().listEntities(call)) listed.push(entity);
    expect(listed).toEqual(['whole']);
    expect(await endpoint.admin()?.countRecords(entityName('whole'), call)).toEqual({ value: 3, exact: true });
  });

  test('leave nothing of an earlier value, and nothing once they are deleted', async () => {
    await writeSplit(database(), 'changing', [large('a', 3), large('b', 1)]);
    const before = await partsOf('changing/a');
    expect(await writeSplit(database(), 'changing', [large('a', 1, 'y')])).toEqual(done);
    const after = await partsOf('changing/a');
    expect(after.filter((name) => before.includes(name))).toEqual([]);
    same(await recordsOf(database(), 'changing'), [large('a', 1, 'y'), large('b', 1)]);
    const { endpoint } = database();
    expect(await endpoint.admin()?.deleteRecords(schemaOf('changing'), [['a']], call)).toEqual(done);
    expect(await partsOf('changing/a')).toEqual([]);
    same(await recordsOf(database(), 'changing', 4), [large('b', 1)]);
    await endpoint.admin()?.dropEntity(entityName('changing'), call);
    expect(await partsOf('changing/b')).toEqual([]);
  });

  test('keep the value that is there where records are only created', async () => {
    const first = large('a', 1);
    await writeSplit(database(), 'kept', [first]);
    expect(await writeSplit(database(), 'kept', [large('a', 2, 'y')], 'skip')).toEqual({ failures: [], unchanged: 1 });
    const { failures } = await writeSplit(database(), 'kept', [large('a', 2, 'z')], 'create');
    expect(failures).toMatchObject([{ index: 0 }]);
    same(await recordsOf(database(), 'kept'), [first]);
  });

  test('are rejected where a part is not there, never told as a shorter record', async () => {
    await writeSplit(database(), 'torn', [large('a', 2), large('b', 1)]);
    const [part = ''] = await partsOf('torn/a');
    const { endpoint } = database();
    const parts = schemaOf(`torn/a/${partsCollection}`);
    await endpoint.admin()?.deleteRecords(parts, [[part.slice(part.lastIndexOf('/') + 1)]], call);
    const decoder = endpoint.connector.codec.createDecoder(schemaOf('torn'));
    const natives: NativeDocument[] = [];
    for (const partition of await partitionsOf(database(), 'torn', 1)) {
      const reading = { ...call, batchRecords: 10, batchBytes: 1 << 20 };
      for await (const { records } of endpoint.source().readPartition(partition, reading))
        natives.push(...(records as readonly NativeDocument[]));
    }
    expect(natives.map(({ path }) => path)).toEqual(['torn/a', 'torn/b']);
    expect(() => decoder.decode(natives[0])).toThrow(expect.objectContaining({ code: 'DM_FIRESTORE_PARTS_MISSING' }));
    expect(valuesEqual(decoder.decode(natives[1]).fields, large('b', 1).fields)).toBe(true);
  });

  test('left of a document that is gone make no record of it', async () => {
    const [document] = encoded(database(), 'left', [large('a', 1)]);
    const [part] = document?.parts ?? [];
    await database()
      .endpoint.target()
      .writeBatch(entityName('left'), part === undefined ? [] : [part], {
        ...call,
        mode: 'replace',
      });
    expect(await partsOf('left/a')).toHaveLength(1);
    expect(await recordsOf(database(), 'left')).toEqual([]);
  });
});
