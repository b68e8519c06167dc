import { inspect } from 'node:util';
import { type Endpoint, entityName, type Partition } from '@datamigrato/core';
import { describeWithOwnServer, startSecantus } from '@datamigrato/testbed';
import { type Document, Int32, MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { codec } from '../../src/codec.js';
import { call, openEndpoint, schemaOf } from './harness.js';

const databaseName = 'faults';
const encoder = codec.createEncoder(schemaOf('any'));
const records = Array.from({ length: 40 }, (_, index) => encoder.encode({ key: [index], fields: { t: 's3cret' } }));

await describeWithOwnServer(
  'a server in trouble',
  () => startSecantus({ testCommands: true }),
  (server) => {
    let oracle: MongoClient;
    let endpoint: Endpoint;
    beforeAll(async () => {
      oracle = new MongoClient(server.url);
      endpoint = await openEndpoint(server.url, databaseName);
    });
    afterAll(async () => {
      await endpoint.close();
      await oracle.close();
    });
    afterEach(async () => {
      await oracle.db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' });
    });

    const fail = (times: number, data: Document) =>
      oracle.db('admin').command({ configureFailPoint: 'failCommand', mode: { times }, data });
    const noFail = () => oracle.db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' });
    const writeAll = (collection: string, mode: 'replace' | 'create' | 'skip' = 'replace') =>
      endpoint.target().writeBatch(entityName(collection), records, { ...call, mode });
    const count = (collection: string) => oracle.db(databaseName).collection(collection).countDocuments();

    describe('writing', () => {
      test.each<[string, number, object]>([
        ['stepped down', 10107, { category: 'transient', retry: 'safe', code: 'DM_MONGODB_UNAVAILABLE' }],
        ['shutting down', 91, { category: 'transient', retry: 'ambiguous', code: 'DM_MONGODB_UNAVAILABLE' }],
        ['too busy', 16500, { category: 'transient', retry: 'throttled', code: 'DM_MONGODB_THROTTLED' }],
        ['too slow', 50, { category: 'transient', retry: 'ambiguous', code: 'DM_DEADLINE_EXCEEDED' }],
        ['not allowing it', 13, { category: 'endpoint', code: 'DM_MONGODB_UNAUTHORIZED' }],
        ['unknown trouble', 9001, { category: 'endpoint', code: 'DM_MONGODB_REFUSED' }],
      ])('%s: the whole batch fails, saying so', async (_, errorCode, expected) => {
        await fail(1, { failCommands: ['insert', 'update'], errorCode });
        const error = await writeAll('trouble').then(
          () => undefined,
          (reason: unknown) => reason,
        );
        expect(error).toMatchObject(expected);
        expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('s3cret');
      });

      test('a write that a majority did not confirm in time is ambiguous', async () => {
        const writeConcernError = { code: 64, codeName: 'WriteConcernFailed', errmsg: 's3cret' };
        await fail(1, { failCommands: ['insert', 'update'], writeConcernError });
        await expect(writeAll('unconfirmed')).rejects.toMatchObject({
          code: 'DM_MONGODB_WRITE_CONCERN',
          category: 'transient',
          retry: 'ambiguous',
        });
      });

      test.each(['replace', 'create', 'skip'] as const)(
        '%s: a connection that breaks costs no record',
        async (mode) => {
          const failCommands = ['update', 'insert'];
          await fail(1, { failCommands, closeConnection: true });
          expect((await writeAll(`broken_${mode}`, mode)).failures).toEqual([]);
          expect(await count(`broken_${mode}`)).toBe(records.length);
        },
      );

      test('replace: new documents are inserted, and known ones replaced without trying that again', async () => {
        const target = endpoint.target();
        const write = () => target.writeBatch(entityName('known'), records, { ...call, mode: 'replace' });
        await fail(1000, { failCommands: ['update'], errorCode: 9001 });
        expect(await write()).toEqual({ failures: [], unchanged: 0 });
        await noFail();
        expect(await write()).toEqual({ failures: [], unchanged: records.length });
        await fail(1000, { failCommands: ['insert'], errorCode: 9001 });
        expect(await write()).toEqual({ failures: [], unchanged: records.length });
        await noFail();
        expect(await count('known')).toBe(records.length);
      });

      test.each<[string, (write: () => Promise<unknown>) => Promise<void>]>([
        [
          'documents that were there',
          async (write) => {
            await write();
            await write();
          },
        ],
        [
          'a broken connection',
          async (write) => {
            await fail(1, { failCommands: ['insert'], closeConnection: true });
            await write();
          },
        ],
      ])('replace: after %s, new documents are inserted again once three batches were all new', async (_, meet) => {
        const target = endpoint.target();
        const collection = 'returning';
        const writeFrom = (start: number) => {
          const some = Array.from({ length: 10 }, (_, index) =>
            encoder.encode({ key: [start + index], fields: { t: 's3cret' } }),
          );
          return target.writeBatch(entityName(collection), some, { ...call, mode: 'replace' });
        };
        const onlyWith = (command: 'insert' | 'update') =>
          fail(1000, { failCommands: ['insert', 'update'].filter((name) => name !== command), errorCode: 9001 });
        await meet(() => writeFrom(0));
        await onlyWith('update');
        await writeFrom(10);
        // One known batch begins the count anew.
        expect(await writeFrom(10)).toEqual({ failures: [], unchanged: 10 });
        for (const start of [20, 30, 40]) await writeFrom(start);
        await onlyWith('insert');
        expect(await writeFrom(50)).toEqual({ failures: [], unchanged: 0 });
        await noFail();
        expect(await count(collection)).toBe(60);
        await oracle.db(databaseName).collection(collection).drop();
      });

      test('replace: one that is there is replaced among new ones', async () => {
        await oracle
          .db(databaseName)
          .collection('mixed')
          .insertOne({ _id: 7, t: 'other' } as Document);
        expect(await writeAll('mixed')).toEqual({ failures: [], unchanged: 0 });
        expect(await count('mixed')).toBe(records.length);
        expect(await oracle.db(databaseName).collection('mixed').countDocuments({ t: 'other' })).toBe(0);
      });

      test('replace: a connection that breaks on the one that is there is no fault of that one', async () => {
        await oracle
          .db(databaseName)
          .collection('lonely')
          .insertOne({ _id: 7, t: 'other' } as Document);
        await fail(1, { failCommands: ['update'], closeConnection: true });
        expect((await writeAll('lonely')).failures).toEqual([]);
        expect(await oracle.db(databaseName).collection('lonely').countDocuments({ t: 's3cret' })).toBe(records.length);
      });

      test('A-19, R-04 create: own records of an attempt that was applied and lost do not count as in the way', async () => {
        await writeAll('applied', 'create');
        await fail(1, { failCommands: ['insert'], closeConnection: true });
        expect((await writeAll('applied', 'create')).failures).toEqual([]);
        expect(await count('applied')).toBe(records.length);
      });

      test('A-19 create: foreign records stay in the way', async () => {
        const document: Document = { _id: 7, t: 'other' };
        await oracle.db(databaseName).collection('foreign').insertOne(document);
        await fail(1, { failCommands: ['insert'], closeConnection: true });
        const { failures } = await writeAll('foreign', 'create');
        expect(failures).toMatchObject([{ index: 7, error: { code: 'DM_RECORD_EXISTS' } }]);
      });

      test('a connection that breaks on every record is no fault of the records', async () => {
        await fail(1000, { failCommands: ['insert', 'update'], closeConnection: true });
        const four = records.slice(0, 4);
        const writing = endpoint.target().writeBatch(entityName('hopeless'), four, { ...call, mode: 'replace' });
        await expect(writing).rejects.toMatchObject({ code: 'DM_MONGODB_UNAVAILABLE', retry: 'ambiguous' });
      });

      test('a command that is refused for every record is no fault of the records', async () => {
        await fail(1000, { failCommands: ['insert', 'update'], errorCode: 2 });
        const four = records.slice(0, 4);
        const writing = endpoint.target().writeBatch(entityName('hopeless'), four, { ...call, mode: 'replace' });
        await expect(writing).rejects.toMatchObject({ code: 'DM_MONGODB_REFUSED', category: 'endpoint' });
      });
    });

    describe('reading', () => {
      const documents: readonly Document[] = Array.from({ length: 5000 }, (_, index) => ({
        _id: new Int32(index),
        t: 's3cret'.repeat(200),
      }));
      let partition: Partition;
      beforeAll(async () => {
        await oracle.db(databaseName).collection('read').insertMany(documents);
        for await (const found of endpoint.source().planPartitions(entityName('read'), { ...call, targetCount: 1 })) {
          partition ??= found;
        }
      });

      const readAll = async (): Promise<readonly number[]> => {
        const seen: number[] = [];
        const reading = { ...call, batchRecords: 500, batchBytes: 1 << 20 };
        for await (const batch of endpoint.source().readPartition(partition, reading)) {
          for (const record of batch.records) seen.push(Buffer.from(record as Uint8Array).readInt32LE(9));
        }
        return seen;
      };
      const every = documents.map((_, index) => index);

      test.each<[string, Document]>([
        ['a lost cursor', { failCommands: ['getMore'], errorCode: 43 }],
        ['a killed query', { failCommands: ['getMore'], errorCode: 237 }],
        ['a connection that breaks while reading on', { failCommands: ['getMore'], closeConnection: true }],
        ['a connection that breaks at the start', { failCommands: ['find'], closeConnection: true }],
      ])('%s costs nothing', async (_, data) => {
        await fail(1, data);
        expect(await readAll()).toEqual(every);
      });

      test('a cursor that is lost again and again is an error in the end', async () => {
        await fail(1000, { failCommands: ['find'], errorCode: 43 });
        await expect(readAll()).rejects.toMatchObject({ category: 'transient', retry: 'safe' });
      });

      test('missing permission is said at once', async () => {
        await fail(1, { failCommands: ['getMore'], errorCode: 13 });
        await expect(readAll()).rejects.toMatchObject({ code: 'DM_MONGODB_UNAUTHORIZED', category: 'endpoint' });
      });
    });

    test('a server that does not answer fails the request within its deadline, and the next one is served', async () => {
      await fail(1, { failCommands: ['insert', 'update'], blockConnection: true, blockTimeMS: 3000 });
      const started = performance.now();
      const hurried = { signal: call.signal, deadline: 300, mode: 'replace' as const };
      await expect(endpoint.target().writeBatch(entityName('slow'), records, hurried)).rejects.toMatchObject({
        code: 'DM_DEADLINE_EXCEEDED',
        category: 'transient',
        retry: 'ambiguous',
      });
      expect(performance.now() - started).toBeLessThan(1500);
      expect((await writeAll('slow')).failures).toEqual([]);
    });

    test('an aborted write ends with the reason of the signal', async () => {
      const controller = new AbortController();
      controller.abort(new Error('enough'));
      const writing = endpoint
        .target()
        .writeBatch(entityName('aborted'), records, { signal: controller.signal, deadline: 1000, mode: 'replace' });
      await expect(writing).rejects.toThrow('enough');
    });

    test('a server that is gone is transient, and back again is served', async () => {
      await using own = await startSecantus();
      await using other = await openEndpoint(own.url, databaseName);
      const target = other.target();
      await own.kill();
      const hurried = { signal: call.signal, deadline: 1000, mode: 'replace' as const };
      await expect(target.writeBatch(entityName('gone'), records, hurried)).rejects.toMatchObject({
        category: 'transient',
      });
      await own.restart();
      expect((await target.writeBatch(entityName('gone'), records, { ...call, mode: 'replace' })).failures).toEqual([]);
    }, 20_000);
  },
);
