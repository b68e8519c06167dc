import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CassandraAddress,
  type FirestoreAddress,
  type FirestoreDocuments,
  type FirestoreFields,
  firestoreDocuments,
  type MongodbAddress,
  serverOrSkip,
} from '@datamigrato/testbed';
import type { Client } from 'cassandra-driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Datamigrato, type MigrateOptions, type MigrationResult } from '../../src/index.js';
import { awkwardDocuments } from './awkward-documents.js';
import { columnTexts, rowTexts } from './cell-text.js';
import { missingRecords } from './dead-letters.js';
import { plainTable, typeStatements, wideTable } from './every-type-tables.js';
import { connectCassandra, connectMongo, type PlainMongo } from './plain-stores.js';
import { cassandraTable, firestoreCollection, mongoCollection } from './store-references.js';

const cassandra = await serverOrSkip('cassandra');
const secantus = await serverOrSkip('secantus');
const firestore = await serverOrSkip('firestore');
const folder = await mkdtemp(join(tmpdir(), 'datamigrato-firestore-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A document of every kind that Firestore tells apart, at its edges. */
const everyKind: readonly FirestoreFields[] = [
  {
    nothing: { nullValue: null },
    yes: { booleanValue: true },
    small: { integerValue: '5' },
    least: { integerValue: '-9223372036854775808' },
    most: { integerValue: '9223372036854775807' },
    whole: { doubleValue: 5 },
    tiny: { doubleValue: 5e-324 },
    text: { stringValue: 'naïve 😀 \u0000 \u2028' },
    empty: { stringValue: '' },
    at: { timestampValue: '2020-02-29T12:34:56.789123Z' },
    first: { timestampValue: '0001-01-01T00:00:00Z' },
    last: { timestampValue: '9999-12-31T23:59:59.999999Z' },
    bytes: { bytesValue: 'AP8Q' },
    place: { geoPointValue: { latitude: -90, longitude: 179.5 } },
    list: {
      arrayValue: {
        values: [{ integerValue: '1' }, { doubleValue: 1 }, { nullValue: null }, { mapValue: { fields: {} } }],
      },
    },
    none: { arrayValue: {} },
    map: {
      mapValue: { fields: { 'a.b': { integerValue: '1' }, '`': { stringValue: 'x' }, '1': { nullValue: null } } },
    },
    blank: { mapValue: { fields: {} } },
    vector: {
      mapValue: {
        fields: {
          __type__: { stringValue: '__vector__' },
          value: { arrayValue: { values: [{ doubleValue: 0.1 }, { doubleValue: -3 }] } },
        },
      },
    },
  },
  {
    whole: { doubleValue: 'NaN' },
    tiny: { doubleValue: -0 },
    list: { stringValue: 'no list' },
    map: { booleanValue: false },
  },
  {
    whole: { doubleValue: '-Infinity' },
    small: { stringValue: '5' },
    text: { integerValue: '5' },
    '@dm': { stringValue: 'x' },
  },
  {},
];

describe.skipIf(cassandra === undefined || secantus === undefined || firestore === undefined)(
  'Firestore there and back',
  () => {
    const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });
    const address = cassandra as CassandraAddress;
    const emulator = firestore as FirestoreAddress;
    const project = 'demo-pairs';
    let client: Client;
    let mongo: PlainMongo;
    let documents: FirestoreDocuments;
    const collection = (path: string) => firestoreCollection(emulator, project, path);
    const mongoDocuments = (database: string, name: string) => mongoCollection(mongo.url, database, name);
    const table = (keyspace: string, name: string) => cassandraTable(address, keyspace, name);

    beforeAll(async () => {
      client = connectCassandra(address);
      mongo = await connectMongo((secantus as MongodbAddress).url);
      documents = firestoreDocuments(emulator, project);
      await documents.clear();
      await mongo.fill('firestore', 'awkward', awkwardDocuments(180, 12));
    });
    afterAll(() => Promise.all([mongo?.[Symbol.asyncDispose](), client?.shutdown()]));

    const complete = async (result: MigrationResult, records: number): Promise<void> => {
      expect(await missingRecords(result)).toEqual([]);
      expect(result.ledger).toEqual({ read: records, written: records, unchanged: 0, dead: 0, filtered: 0 });
    };

    type Mapping = Pick<MigrateOptions, 'sampleSize' | 'flatten' | 'primaryKey' | 'groupBy' | 'rename' | 'fidelity'>;
    /** With the path to write to and, where it is another one, the path at which records then are. */
    const mappings: readonly (readonly [title: string, mapping: Mapping, path: string, nested?: string])[] = [
      ['all seen', {}, 'plain'],
      ['late kinds', { sampleSize: 10 }, 'late'],
      ['grouped into sub-collections', { groupBy: 'genre', sampleSize: 10 }, 'genres/*/films'],
      ['a key of fields', { primaryKey: ['genre', 'serial'] }, 'keyed', 'keyed/*/records'],
      ['renamed', { rename: { genre: 'Kind', nested: 'genre' } }, 'renamed'],
      ['tagged', { fidelity: 'tagged', sampleSize: 10 }, 'tagged'],
    ];
    for (const [title, mapping, path, nested] of mappings) {
      it(`MongoDB → Firestore → MongoDB: ${title}`, async () => {
        const there = await datamigrato.migrate({
          from: mongoDocuments('firestore', 'awkward'),
          to: collection(path),
          acceptLoss: true,
          ...mapping,
        });
        await complete(there, 180);
        const name = path.replaceAll(/\W+/g, '_');
        const back = await datamigrato.migrate({
          from: collection(nested ?? path),
          to: mongoDocuments('firestore_back', name),
          lock: there.lock,
        });
        await complete(back, 180);
        expect(
          differences(await mongo.texts('firestore_back', name), await mongo.texts('firestore', 'awkward')),
        ).toEqual([]);
      }, 90_000);
    }

    for (const [{ name, definition, rows, mapping }, path] of [
      [plainTable, 'plain_rows'],
      [wideTable, 'wide_rows/*/records/*/records/*/records'],
    ] as const) {
      it(`Cassandra → Firestore → Cassandra: ${name}`, async () => {
        for (const keyspace of [`firestore_${name}`, `firestore_${name}_back`]) {
          await client.execute(
            `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
          );
          await client.execute(`USE ${keyspace}`);
          for (const statement of typeStatements) await client.execute(statement);
          if (!keyspace.endsWith('back'))
            for (const statement of [...definition, ...rows]) await client.execute(statement);
        }
        const original = await rowTexts(client, `firestore_${name}`, name);
        const there = await datamigrato.migrate({
          from: table(`firestore_${name}`, name),
          to: collection(path.split('/')[0] ?? ''),
          acceptLoss: true,
          ...mapping,
        });
        await complete(there, original.length);
        const back = await datamigrato.migrate({
          from: collection(path),
          to: table(`firestore_${name}_back`, name),
          lock: there.lock,
          acceptLoss: true,
        });
        await complete(back, original.length);
        expect(await columnTexts(client, `firestore_${name}_back`, name)).toEqual(
          await columnTexts(client, `firestore_${name}`, name),
        );
        expect(await rowTexts(client, `firestore_${name}_back`, name)).toEqual(original);
      }, 90_000);
    }

    describe('from Firestore', () => {
      const reference = `projects/${project}/databases/(default)/documents/kinds/0`;
      const seed: Record<string, FirestoreFields> = Object.fromEntries([
        ...everyKind.map(
          (fields, index) => [`kinds/${index}`, { ...fields, other: { referenceValue: reference } }] as const,
        ),
        ...['alice', 's~x', '64f1c0ffee64f1c0ffee64f1', '日本'].flatMap((user) =>
          ['1', '2'].map((id) => [`users/${user}/messages/${id}`, { text: { stringValue: `${user} ${id}` } }] as const),
        ),
      ]);
      const stored = async (path: string): Promise<ReadonlyMap<string, FirestoreFields>> =>
        await documents.documents(path, 'group');

      beforeAll(() => documents.fill(seed));

      for (const [path, records] of [
        ['kinds', everyKind.length],
        ['users/*/messages', 8],
      ] as const) {
        const last = path.split('/').at(-1) ?? '';
        const name = path.replaceAll(/\W+/g, '_');
        for (const [store, other] of [
          ['MongoDB', () => mongoDocuments('from_firestore', name)],
          ['Cassandra', () => table('from_firestore', name)],
        ] as const) {
          it(`Firestore → ${store} → Firestore: ${path}`, async () => {
            await documents.clear();
            await documents.fill(seed);
            const before = await stored(last);
            const there = await datamigrato.migrate({ from: collection(path), to: other(), acceptLoss: true });
            await complete(there, records);
            await documents.clear();
            const back = await datamigrato.migrate({
              from: other(),
              to: collection(path),
              lock: there.lock,
              acceptLoss: true,
            });
            await complete(back, records);
            expect(await stored(last)).toEqual(before);
          }, 90_000);
        }
      }
    });
  },
);

/** The documents that are not the same, cut down to where they begin to differ. */
function differences(found: ReadonlyMap<string, string>, wanted: ReadonlyMap<string, string>): readonly string[] {
  const keys = new Set([...found.keys(), ...wanted.keys()]);
  return [...keys].flatMap((key) => {
    const [left = '', right = ''] = [found.get(key), wanted.get(key)];
    if (left === right) return [];
    let at = 0;
    while (left[at] === right[at]) at += 1;
    const cut = (text: string): string => text.slice(Math.max(0, at - 40), at + 80);
    return [`${key.slice(0, 40)}: …${cut(left)}… for …${cut(right)}…`];
  });
}
