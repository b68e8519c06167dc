import { expect, test } from 'vitest';
import {
  type DataRecord,
  DecimalValue,
  DoubleValue,
  decimal,
  double,
  type EntitySchema,
  entityName,
  type Manifest,
  planMigration,
  TupleValue,
} from '../../src/index.js';
import {
  createMemoryStore,
  documentManifest,
  memoryConnector,
  plainDocumentManifest,
  tableManifest,
} from '../memory-connector.js';
import { call, openStore } from '../migrate.js';

/** A table that holds numbers alone among decimals. */
const decimals: Manifest = {
  ...tableManifest,
  values: {
    ...tableManifest.values,
    decimal: {
      fidelity: 'exact',
      as: 'decimal',
      note: 'NaN becomes typed text',
      holds: (value) => value instanceof DecimalValue && value.text !== 'NaN',
    },
  },
};
const textKeys: Manifest = {
  ...plainDocumentManifest,
  values: { ...plainDocumentManifest.values, null: { fidelity: 'unsupported', as: 'null' } },
  keyKinds: ['string'],
  keyText: { forbidden: '/', reserved: '^\\.$' },
};

async function ledgerLines(records: readonly DataRecord[], target: Manifest, schema?: EntitySchema) {
  const store = createMemoryStore({ things: records });
  const things = store.entities.get('things');
  if (things !== undefined) things.schema = schema;
  const source = await openStore(
    memoryConnector('source', schema === undefined ? documentManifest : tableManifest),
    store,
  );
  const to = await openStore(memoryConnector('target', target), createMemoryStore());
  const plan = await planMigration({ source, target: to, options: {}, call });
  return plan.entities[0]?.losses.map(({ path, sourceKind, fidelity, action }) =>
    [path.join('.'), sourceKind, fidelity, action].join(' | '),
  );
}

test('a column says which of its values stand elsewhere, those inside its lists among them', async () => {
  const lines = await ledgerLines([{ key: [1], fields: { price: decimal('1.5'), all: [decimal('1.5')] } }], decimals);
  expect(lines).toContain('price | decimal | exact | kept (NaN becomes typed text)');
  expect(lines).toContain('all | array | exact | kept (NaN becomes typed text)');
});

test('a key of text says that some are escaped, where keys are text', async () => {
  const escaped = 'kept (one that the store refuses, or that looks like another kind of key, is escaped)';
  expect(await ledgerLines([{ key: ['a/b'], fields: {} }], textKeys)).toContain(
    `key._id | string | exact | ${escaped}`,
  );
  expect(await ledgerLines([{ key: ['i~5'], fields: {} }], tableManifest)).toContain(
    `key.id | string | exact | ${escaped}`,
  );
});

test('what a declared table has is listed though no record was looked at: keys, and the nulls of tuples', async () => {
  const schema: EntitySchema = {
    entity: entityName('things'),
    key: [{ name: 'id', role: 'partition', type: { kind: 'int64' } }],
    fields: [{ name: 'pair', type: { kind: 'tuple', elements: [{ kind: 'string' }] } }],
    origin: 'declared',
  };
  const lines = await ledgerLines([{ key: [1n], fields: { pair: new TupleValue([null]) } }], textKeys, schema);
  expect(lines?.find((line) => line.startsWith('key.'))).toMatch(/^key\.\w+ \| int64 \| widened \| typed key text$/);
  expect(lines).toContain('pair.0 | null | widened | typed wrapper');
});

test('says whether numbers surely or only perhaps read as another kind', async () => {
  const target: Manifest = {
    ...plainDocumentManifest,
    values: {
      ...plainDocumentManifest.values,
      double: {
        fidelity: 'exact',
        as: 'double',
        readAs: { kind: 'int32', of: (value) => value instanceof DoubleValue },
      },
    },
  };
  const records = [
    { key: [1], fields: { whole: double(5), part: 0.5, any: 0.5 } },
    { key: [2], fields: { whole: double(6), part: 0.25, any: 7n } },
  ];
  const lines = (await ledgerLines(records, target))?.filter((line) => line.includes('double'));
  expect(lines?.sort()).toEqual([
    'any | double | widened | some may become typed wrappers',
    'part | double | exact | kept',
    'whole | double | widened | becomes int32',
  ]);
});
