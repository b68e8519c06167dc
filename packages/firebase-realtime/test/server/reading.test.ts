import { entityName } from '@datamigrato/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameOrder } from '../../src/key-order.js';
import { batchesOf, call, collected, keysOf, openDatabase, partitionsOf, serverHost } from './harness.js';

const host = await serverHost();
const database = await openDatabase(host, 'reading');

const order = new NameOrder();
const hostileNames = [
  '0',
  '1',
  '10',
  '2',
  '-1',
  '007',
  '7',
  '2147483648',
  '99999999999',
  'a',
  'B',
  '"q"',
  'ä',
  '%2E',
  ' ',
  "'",
  '\u{1f600}',
  '__proto__',
  '-Nabc',
];

describe('reading an embedded Realtime Database', () => {
  it('A-09 gives every record once, in order, however it is cut', async () => {
    const all = Object.fromEntries(
      [...hostileNames, ...Array.from({ length: 2000 }, (_, index) => `k${index}`)].map((name) => [name, { at: name }]),
    );
    await database.write('hostile', all);
    const expected = Object.keys(all).sort((left, right) => order.compare(left, right));
    for (const targetCount of [1, 4, 13]) expect(await keysOf(database, 'hostile', targetCount)).toEqual(expected);
  });

  it('goes on after any position', async () => {
    const [partition] = await partitionsOf(database, 'hostile', 1);
    if (partition === undefined) throw new Error('no partition');
    const batches = await batchesOf(database, partition, { batchRecords: 300 });
    const keys = batches.map(({ records }) => records.map(({ key }) => key.join()));
    for (const [index, batch] of batches.entries()) {
      const rest = await batchesOf(database, partition, { batchRecords: 1000, after: batch.position });
      expect(rest.flatMap(({ records }) => records.map(({ key }) => key.join()))).toEqual(keys.slice(index + 1).flat());
    }
  });

  it('gives all names of any set, in any number of parts', async () => {
    const name = fc.oneof(
      fc.nat(30).map(String),
      fc.string({ minLength: 1, maxLength: 3 }).filter((text) => !/[.$#[\]/\p{Cc}]/u.test(text)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(name, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 6 }),
        async (names, parts) => {
          await database.write('any', Object.fromEntries(names.map((each) => [each, { v: 1 }])));
          expect(await keysOf(database, 'any', parts)).toEqual(
            [...names].sort((left, right) => order.compare(left, right)),
          );
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  it('reads records of nested paths, and goes on inside them', async () => {
    await database.write('users', {
      ada: { name: 'Ada', messages: { m1: { text: 'a' }, m2: { text: 'b' } } },
      bob: { name: 'Bob' },
      eve: { messages: { m3: { text: 'c' } } },
    });
    expect(await keysOf(database, 'users/*/messages', 3)).toEqual(['ada/m1', 'ada/m2', 'eve/m3']);
    const [partition] = await partitionsOf(database, 'users/*/messages', 1);
    if (partition === undefined) throw new Error('no partition');
    const rest = await batchesOf(database, partition, { after: ['ada', 'm1'] });
    expect(rest.flatMap(({ records }) => records.map(({ key }) => key.join('/')))).toEqual(['ada/m2', 'eve/m3']);
    const schema = await database.endpoint
      .source()
      .inferSchema(entityName('users/*/messages'), { ...call, sampleSize: 10 });
    expect(schema.key.map((field) => field.name)).toEqual(['_users', '_key']);
    expect(schema.fields.map((field) => field.name)).toEqual(['text']);
  });

  it('A-38 keeps priorities and tells arrays from maps with holes', async () => {
    await database.write('awkward', {
      a: { '.priority': 3, list: [1, 2], holes: { 1: 'x', 2: 'y' }, leaf: { '.value': 1, '.priority': 'p' } },
    });
    const [partition] = await partitionsOf(database, 'awkward', 1);
    if (partition === undefined) throw new Error('no partition');
    const [batch] = await batchesOf(database, partition);
    const decoder = database.endpoint.connector.codec.createDecoder(
      await database.endpoint.source().inferSchema(entityName('awkward'), { ...call, sampleSize: 1 }),
    );
    expect(decoder.decode(batch?.records[0])).toEqual({
      key: ['a'],
      fields: { '.priority': 3, list: [1, 2], holes: { 1: 'x', 2: 'y' }, leaf: { '.value': 1, '.priority': 'p' } },
    });
  });

  it('samples all of a small entity and parts of a large one', async () => {
    const source = database.endpoint.source();
    const small = await source.inferSchema(entityName('users'), { ...call, sampleSize: 10 });
    expect(small.sample).toMatchObject({ records: 3, complete: true });
    const large = await source.inferSchema(entityName('hostile'), { ...call, sampleSize: 100 });
    expect(large.sample).toMatchObject({ records: 100, complete: false });
  });

  it('says what a place is that holds no records', async () => {
    await database.write('scalar', 5);
    const source = database.endpoint.source();
    const infer = (entity: string) => source.inferSchema(entityName(entity), { ...call, sampleSize: 10 });
    await expect(infer('scalar')).rejects.toMatchObject({ code: 'DM_REALTIME_NOT_A_COLLECTION' });
    await expect(infer('nowhere')).rejects.toMatchObject({ code: 'DM_ENTITY_MISSING' });
    await expect(infer('a.b')).rejects.toMatchObject({ code: 'DM_REALTIME_PATH', category: 'usage' });
  });

  it('proposes which nodes are collections where nobody said so', async () => {
    const own = await openDatabase(host, 'proposal');
    const movie = (index: number) => ({ title: `t${index}`, year: 1990 + index, cast: { a: true } });
    await own.write('', {
      movies: Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`m${index}`, movie(index)])),
      byGenre: { drama: { a: movie(1), b: movie(2) }, comedy: { c: movie(3), d: movie(4) } },
      usernames: Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`u${index}`, `id${index}`])),
      presence: Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`u${index}`, true])),
      settings: { theme: 'dark', limits: { day: 5 } },
      version: 7,
      unlike: { a: { deep: { x: 1 } }, b: { list: { y: 2 } } },
      queue: { '-NxPushIdOfTwentyChr': { job: 1 } },
      apps: { shop: { orders: { o1: { sum: 1, paid: true }, o2: { sum: 2, paid: false } } } },
    });
    const listings = await collected(own.endpoint.source().listEntities(call));
    expect(listings.filter(({ excluded }) => excluded === undefined).map(({ entity }) => entity)).toEqual([
      'apps/shop/orders',
      'byGenre/*',
      'movies',
      'presence',
      'queue',
      'usernames',
    ]);
    expect(listings.filter(({ excluded }) => excluded !== undefined).map(({ entity }) => entity)).toEqual([
      'settings',
      'unlike/a/deep',
      'unlike/b/list',
      'version',
    ]);
  });

  it('reads pages as large as the answers allow', async () => {
    const big = 'x'.repeat(100_000);
    await database.write('wide', Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`w${index}`, { big }])));
    const [partition] = await partitionsOf(database, 'wide', 1);
    if (partition === undefined) throw new Error('no partition');
    const batches = await batchesOf(database, partition, { batchBytes: 1_000_000 });
    expect(batches.flatMap(({ records }) => records)).toHaveLength(60);
    expect(Math.max(...batches.map(({ bytes }) => bytes))).toBeLessThan(1_200_000);
  });
});
