import { expect, test } from 'vitest';
import { type DataRecord, double, lockOf, valueToText } from '../../src/index.js';
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
