import { expect, test } from 'vitest';
import { type DataRecord, documentEntries, documentFrom, double, lockOf, valueToText } from '../../src/index.js';
import {
  createMemoryStore,
  documentManifest,
  memoryConnector,
  plainDocumentManifest,
  tableManifest,
} from '../memory-connector.js';
import { migrate, openStore } from '../migrate.js';

const things: readonly DataRecord[] = [
  { key: ['a'], fields: { size: 1, title: 'plain' } },
  { key: ['b'], fields: { size: double(5_000_000_000), title: null } },
  { key: ['c'], fields: { size: 2, late: [true] } },
];

test.each([
  ['documents of every kind', documentManifest],
  ['documents of few kinds', plainDocumentManifest],
])(
  'a table with an overflow column comes home from %s as it was, what was in that column included',
  async (_, manifest) => {
    const origin = createMemoryStore({ things });
    const table = createMemoryStore();
    const middle = createMemoryStore();
    const home = createMemoryStore();
    const tables = memoryConnector('tables', tableManifest);
    const source = await openStore(tables, table);
    const between = await openStore(memoryConnector('between', manifest), middle);
    // A sample of one record, so that the others have values that fit no column.
    await migrate(await openStore(memoryConnector('documents', documentManifest), origin), source, { sampleSize: 1 });
    const texts = ({ entities }: typeof table): readonly string[] =>
      [...(entities.get('things')?.records.values() ?? [])].map(({ key, fields }) => valueToText([key, fields])).sort();
    expect(texts(table).join()).toContain('dm_rest');

    const there = await migrate(source, between);
    const back = await migrate(between, await openStore(tables, home), { lock: lockOf(there.plan) });
    expect(back.report.ledger).toMatchObject({ written: 3, dead: 0 });
    expect(texts(home)).toEqual(texts(table));
  },
);

test('a record whose typed text somebody wrote over is a dead letter, and the others come home', async () => {
  const origin = createMemoryStore({
    things: [
      { key: [1], fields: { list: [1, 'x'], late: 1 } },
      { key: [2], fields: { list: [2, 'y'], other: 2 } },
      { key: [3], fields: { list: [3, 'z'] } },
    ],
  });
  const table = createMemoryStore();
  const tables = memoryConnector('tables', tableManifest);
  const documents = memoryConnector('documents', documentManifest);
  const target = await openStore(tables, table);
  const there = await migrate(await openStore(documents, origin), target, { sampleSize: 1 });
  const records = table.entities.get('things')?.records;
  for (const [id, record] of records ?? []) {
    const [key] = record.key;
    const written = key === 2 ? { dm_rest: 'a note' } : key === 3 ? { list: 'plain text' } : {};
    records?.set(id, {
      ...record,
      fields: documentFrom([...documentEntries(record.fields), ...Object.entries(written)]),
    });
  }
  const home = createMemoryStore();
  const back = await migrate(target, await openStore(documents, home), { lock: lockOf(there.plan) });
  expect(back.letters.map(({ code }) => code).sort()).toEqual(['DM_OVERFLOW_INVALID', 'DM_STORED_TEXT_INVALID']);
  expect(back.report.ledger).toMatchObject({ read: 3, written: 1, dead: 2 });

  const unlocked = await migrate(target, await openStore(documents, createMemoryStore()));
  expect(unlocked.letters.map(({ code }) => code)).toEqual(['DM_OVERFLOW_INVALID']);
  const dropping = await migrate(target, await openStore(documents, createMemoryStore()), {
    mapping: { drop: ['dm_rest'] },
  });
  expect(dropping.letters).toEqual([]);
});
