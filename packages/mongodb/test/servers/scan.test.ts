import { type EntityListing, entityName, type Json, type Partition } from '@datamigrato/core';
import {
  Binary,
  Code,
  Decimal128,
  type Document,
  Double,
  deserialize,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID,
} from 'bson';
import { MongoClient } from 'mongodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { mongodbConnector } from '../../src/index.js';
import {
  batchesOf,
  call,
  describeOnServers,
  hexes,
  insert,
  partitionsOf,
  rawDocuments,
  type TestDatabase,
} from './harness.js';

/** Ids of every kind that servers take; the text names those that not every server holds. */
const ids: readonly (readonly [unknown, string?])[] = [
  [new MinKey()],
  [null],
  [new Double(Number.NaN), 'NaN'],
  [new Double(Number.NEGATIVE_INFINITY)],
  [Decimal128.fromString('-1E+6000'), 'decimal beyond doubles'],
  [new Int32(-5)],
  [new Double(-0)],
  [new Double(1.5)],
  [new Int32(7)],
  [Long.fromString('9007199254740993')],
  [Decimal128.fromString('9007199254740993.5')],
  [new Double(Number.POSITIVE_INFINITY)],
  [''],
  ['\0'],
  ['a'],
  ['ab'],
  ['é'],
  ['\u{1F600}'],
  [{}],
  [{ a: new Int32(1) }],
  [
    new Map([
      ['b', new Int32(1)],
      ['10', new Int32(2)],
    ]),
  ],
  [{ a: { b: new Date(0) } }],
  [new Binary(Buffer.from([1]), 0)],
  [new Binary(Buffer.from([1, 2]), 0)],
  [new Binary(Buffer.from([1, 3]), 128), 'binary of a user'],
  [new Binary(Buffer.alloc(16, 2), 3), 'uuid beside other binaries'],
  [new Binary(Buffer.alloc(16, 0), 3), 'binary whose length decides'],
  [new UUID('03000000-0000-4000-8000-000000000001'), 'uuid beside other binaries'],
  [new UUID('f0000000-0000-4000-8000-000000000001'), 'uuid beside other binaries'],
  [new ObjectId('000000000000000000000001')],
  [new ObjectId('0000000000000000000000ff')],
  [new ObjectId('66f000000000000000000000')],
  [false],
  [true],
  [new Date(-62_135_596_800_000)],
  [new Date(0)],
  [new Date(253_402_300_799_999)],
  [new Timestamp({ t: 0, i: 1 })],
  [new Timestamp({ t: 4_294_967_295, i: 4_294_967_295 })],
  [new Code('a()'), 'code'],
  [new Code('b()', { x: 1 }), 'code with scope'],
  [new MaxKey()],
];

/** What a server cannot hold as an `_id`; a test below tries each, and fails if it can after all. */
const cannotHold: Readonly<Record<string, readonly string[]>> = {
  // Finds binaries by their bytes alone, and sorts them by length and subtype first; finds code with scope among code without.
  secantus: ['binary whose length decides', 'code with scope'],
  // The same; sorts UUIDs among other binaries, but never finds one when asked for those after a binary;
  // takes the decimal for minus infinity, sorts NaN among other numbers, and cannot sort code at all.
  'mongo-java': [
    'binary whose length decides',
    'uuid beside other binaries',
    'decimal beyond doubles',
    'NaN',
    'code',
    'code with scope',
  ],
  mongodb: [],
};

await describeOnServers('scan', 'datamigrato_scan', (database, name) => {
  const held = ids.filter(([, label]) => label === undefined || !cannotHold[name]?.includes(label)).map(([id]) => id);
  const everyKind = held.map(
    (id, index) =>
      new Map<string, unknown>([
        ['_id', id],
        ['n', new Int32(index)],
      ]) as Document,
  );

  beforeAll(async () => {
    console.info(`${name} cannot hold as an _id: ${cannotHold[name]?.join(', ') || 'nothing is known'}`);
    await insert(database(), 'every_kind', everyKind);
  });

  describe('A-01, R-19 ids of every kind', () => {
    test.each([1, 2, 8, 40])('are all found once, in about %i partitions', async (targetCount) => {
      const expected = hexes(await rawDocuments(database(), 'every_kind'));
      expect(expected).toHaveLength(everyKind.length);
      const partitions = await partitionsOf(database(), 'every_kind', targetCount);
      expect(new Set(partitions.map((partition) => partition.id)).size).toBe(partitions.length);
      const found: Buffer[] = [];
      for (const partition of partitions) found.push(...(await recordsOf(database(), partition)));
      expect(hexes(found)).toEqual(expected);
    });

    test('go on after every single position with exactly the rest', async () => {
      let positions = 0;
      for (const partition of await partitionsOf(database(), 'every_kind', 8)) {
        const batches = await batchesOf(database(), partition, { batchRecords: 1 });
        for (const [index, batch] of batches.entries()) {
          const after = JSON.parse(JSON.stringify(batch.position)) as Json;
          const rest = batches.slice(index + 1).flatMap((later) => later.records);
          expect(hexes(await recordsOf(database(), partition, after))).toEqual(hexes(rest));
          positions += 1;
        }
      }
      expect(positions).toBe(everyKind.length);
    });

    test('that appear after the plan are found by the same plan', async () => {
      await insert(database(), 'late', [{ _id: new ObjectId() } as Document]);
      const partitions = await partitionsOf(database(), 'late', 4);
      await insert(database(), 'late', everyKind);
      const found: Buffer[] = [];
      for (const partition of partitions) found.push(...(await recordsOf(database(), partition)));
      expect(hexes(found)).toEqual(hexes(await rawDocuments(database(), 'late')));
    });

    test('in the partition of all that was absent, go on after every position', async () => {
      const partitions = await partitionsOf(database(), 'late', 1);
      const others: Partition = {
        ...(partitions[0] as Partition),
        range: { kind: 'others', brackets: partitions.flatMap(({ range }) => bracketsIn(range)) },
      };
      const batches = await batchesOf(database(), others, { batchRecords: 1 });
      expect(batches).toHaveLength(everyKind.length + 1);
      for (const [index, batch] of batches.entries()) {
        const rest = batches.slice(index + 1).flatMap((later) => later.records);
        expect(hexes(await recordsOf(database(), others, batch.position))).toEqual(hexes(rest));
      }
    });
  });

  const missing = ids.filter(([, label]) => label !== undefined && cannotHold[name]?.includes(label));
  test.each(missing.map(([id, label]) => [label, id] as const))(
    '%s is still more than this server holds',
    async (label, id) => {
      const collection = `missing_${String(label).replaceAll(' ', '_')}`;
      const tryScan = async (): Promise<readonly string[]> => {
        await insert(database(), collection, [...everyKind, new Map([['_id', id]]) as Document]);
        const found: Buffer[] = [];
        for (const partition of await partitionsOf(database(), collection, 1)) {
          const batches = await batchesOf(database(), partition, { batchRecords: 1 });
          for (const [index, batch] of batches.entries()) {
            const rest = await recordsOf(database(), partition, batch.position);
            if (rest.length !== batches.length - index - 1) return ['the rest is not the rest'];
            found.push(...batch.records);
          }
        }
        return hexes(found);
      };
      const outcome = await tryScan().catch((error: unknown) => [String(error)]);
      expect(outcome.length).not.toBe(everyKind.length + 1);
    },
  );

  describe('partitions', () => {
    const kinds: readonly [string, (index: number) => unknown][] = [
      ['object ids', (index) => ObjectId.createFromTime(1_600_000_000 + index * 1000)],
      ['integers', (index) => new Int32(index * 3 - 500)],
      ['long integers', (index) => Long.fromBigInt(2n ** 60n + BigInt(index))],
      ['fractions', (index) => new Double(index / 7)],
      ['dates', (index) => new Date(1_600_000_000_000 + index * 86_400_000)],
      [
        'uuids',
        (index) => new UUID(Buffer.from(`${(index * 7).toString(16).padStart(4, '0')}${'0'.repeat(28)}`, 'hex')),
      ],
      ['timestamps', (index) => new Timestamp({ t: 1000 + index * 10, i: 1 })],
      ['strings', (index) => `user-${index}`],
      ['documents', (index) => ({ a: new Int32(index % 10), b: new Int32(index) })],
      ['numbers that crowd at one end', (index) => new Int32(index === 999 ? 2_000_000_000 : index)],
    ];
    test.each(kinds)('of %s are about even, disjoint, complete and the same in every plan', async (kind, idOf) => {
      const collection = kind.replaceAll(' ', '_');
      const documents = Array.from({ length: 1000 }, (_, index) => ({ _id: idOf(index) }) as Document);
      await insert(database(), collection, documents);
      const partitions = await partitionsOf(database(), collection, 4);
      const parts: Buffer[][] = [];
      for (const partition of partitions) parts.push(await recordsOf(database(), partition));
      const sizes = parts.map((part) => part.length).filter((size) => size > 0);
      expect(sizes).toHaveLength(4);
      expect(Math.max(...sizes)).toBeLessThan(400);
      expect(hexes(parts.flat())).toEqual(hexes(await rawDocuments(database(), collection)));
      expect(await partitionsOf(database(), collection, 4)).toEqual(partitions);
    });

    test('show no key', async () => {
      for (const partition of await partitionsOf(database(), 'strings', 8)) {
        expect(JSON.stringify(partition)).not.toContain('user');
      }
    });

    test('of an empty collection are one without records', async () => {
      await database().oracle.db(database().databaseName).createCollection('empty');
      const partitions = await partitionsOf(database(), 'empty', 8);
      expect(partitions).toHaveLength(1);
      expect(await recordsOf(database(), partitions[0] as Partition)).toEqual([]);
    });
  });

  describe('reading', () => {
    test('A-03 a cursor that the server drops goes on after the last record', async () => {
      const { oracle, url, databaseName } = database();
      const documents = Array.from({ length: 6000 }, (_, index) => ({ _id: new Int32(index), t: 'x'.repeat(2000) }));
      await insert(database(), 'dropped', documents);
      const [partition] = await partitionsOf(database(), 'dropped', 1);
      const client = new MongoClient(url, { monitorCommands: true });
      const started: string[] = [];
      let cursor = 0n;
      client.on('commandStarted', (event) => started.push(event.commandName));
      client.on('commandSucceeded', (event) => {
        if (event.commandName !== 'find') return;
        const reply = event.reply as { readonly cursor: Uint8Array };
        cursor = deserialize(reply.cursor, { useBigInt64: true })['id'];
      });
      const configured = await mongodbConnector.configure({ client, databaseName });
      await using watched = await configured.open(call);
      const seen: number[] = [];
      const reading = { ...call, batchRecords: 100, batchBytes: 1 << 20 };
      for await (const batch of watched.source().readPartition(partition as Partition, reading)) {
        for (const record of batch.records) seen.push(Buffer.from(record as Uint8Array).readInt32LE(9));
        if (seen.length === 100) {
          await oracle.db(databaseName).command({ killCursors: 'dropped', cursors: [Long.fromBigInt(cursor)] });
        }
      }
      expect(seen).toEqual(documents.map((_, index) => index));
      expect(started.filter((name) => name === 'find')).toHaveLength(2);
      await client.close();
    });

    test('leaving the loop early leaves nothing open', async () => {
      const [partition] = await partitionsOf(database(), 'dropped', 1);
      for await (const batch of database()
        .endpoint.source()
        .readPartition(partition as Partition, { ...call, batchRecords: 10, batchBytes: 1000 })) {
        expect(batch.records.length).toBeGreaterThan(0);
        break;
      }
      expect(await recordsOf(database(), partition as Partition)).toHaveLength(6000);
    });

    test('stops with the reason of the signal', async () => {
      const [partition] = await partitionsOf(database(), 'dropped', 1);
      const controller = new AbortController();
      const reading = { signal: controller.signal, deadline: 10_000, batchRecords: 10, batchBytes: 1000 };
      const reason = new Error('enough');
      const started = (async () => {
        for await (const batch of database()
          .endpoint.source()
          .readPartition(partition as Partition, reading)) {
          expect(batch.records.length).toBeGreaterThan(0);
          controller.abort(reason);
        }
      })();
      await expect(started).rejects.toBe(reason);
    });

    test('batches keep to their bounds, and a larger record is a batch of its own', async () => {
      const sizes = [10, 10, 5000, 10, 10, 10];
      await insert(
        database(),
        'sizes',
        sizes.map((size, index) => ({ _id: new Int32(index), t: 'x'.repeat(size) }) as Document),
      );
      const [partition] = await partitionsOf(database(), 'sizes', 1);
      const batches = await batchesOf(database(), partition as Partition, { batchRecords: 2, batchBytes: 100 });
      expect(batches.map((batch) => batch.records.length)).toEqual([2, 1, 2, 1]);
    });

    test('a missing collection is said to be missing', async () => {
      const { endpoint } = database();
      await expect(partitionsOf(database(), 'nowhere', 2)).rejects.toMatchObject({ code: 'DM_ENTITY_MISSING' });
      const inferring = endpoint.source().inferSchema(entityName('nowhere'), { ...call, sampleSize: 10 });
      await expect(inferring).rejects.toMatchObject({ code: 'DM_ENTITY_MISSING', category: 'endpoint' });
    });
  });

  describe('schema', () => {
    test('tells kinds of all records of a small collection, and its indexes', async () => {
      const { oracle, endpoint, databaseName } = database();
      await insert(database(), 'small', [
        { _id: new Int32(1), a: 'x', n: new Double(1) },
        { _id: new Int32(2), a: new Int32(5) },
      ]);
      await oracle.db(databaseName).collection('small').createIndex({ a: 1, n: -1 }, { unique: true, name: 'both' });
      const schema = await endpoint.source().inferSchema(entityName('small'), { ...call, sampleSize: 10 });
      expect(schema.sample).toMatchObject({ records: 2, complete: true });
      expect(schema.key).toMatchObject([{ name: '_id', shape: { kinds: { int32: 2 } } }]);
      expect(schema.fields.map((field) => [field.name, field.shape?.kinds])).toEqual([
        ['a', { string: 1, int32: 1 }],
        ['n', { double: 1 }],
      ]);
      const { indexes } = schema.native as { readonly indexes: readonly Json[] };
      expect(indexes).toMatchObject([{ name: 'both', unique: true }]);
    });

    test('of a large collection comes from its lowest, middle and highest ids, the same every time', async () => {
      const { endpoint } = database();
      const infer = () => endpoint.source().inferSchema(entityName('dropped'), { ...call, sampleSize: 300 });
      const schema = await infer();
      expect(schema.sample).toMatchObject({ records: 300, complete: false });
      expect(schema.key[0]?.shape?.range).toEqual({ minimum: '0', maximum: '5999' });
      expect(await infer()).toEqual(schema);
    });
  });

  test('the table of contents names every collection once, in order', async () => {
    const listed: EntityListing[] = [];
    for await (const entity of database().endpoint.source().listEntities(call)) listed.push(entity);
    const names = listed.filter((entity) => entity.excluded === undefined).map((entity) => entity.entity as string);
    expect(names).toContain('every_kind');
    expect(names).toEqual([...new Set(names)].sort());
  });
});

async function recordsOf(database: TestDatabase, partition: Partition, after?: Json): Promise<Buffer[]> {
  const batches = await batchesOf(database, partition, after === undefined ? {} : { after });
  return batches.flatMap((batch) => batch.records);
}

function bracketsIn(range: Json): readonly string[] {
  const { bracket, brackets } = range as { readonly bracket?: string; readonly brackets?: readonly string[] };
  return bracket === undefined ? (brackets ?? []) : [bracket];
}
