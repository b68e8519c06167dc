import type { CassandraConnectorOptions } from '@datamigrato/cassandra';
import type { MigrationEvent, MigrationPlan } from '@datamigrato/core';
import type { FirebaseRealtimeOptions as RealtimeUserOptions } from '@datamigrato/firebase-realtime';
import type { FirestoreUserOptions } from '@datamigrato/firestore';
import type { MongodbUserOptions } from '@datamigrato/mongodb';
import { expectTypeOf } from 'vitest';
import {
  type CassandraOptions,
  type CheckResult,
  Datamigrato,
  type FirebaseRealtimeOptions,
  type FirestoreOptions,
  type Migration,
  type MigrationResult,
  type MongoOptions,
  type RunSummary,
} from '../src/index.js';

const datamigrato = new Datamigrato();
const mongo = { clientUrl: 'mongodb://localhost', databaseName: 'shop', collectionName: 'movies' } as const;
const cassandra = {
  contactPoints: ['localhost'],
  localDataCenter: 'datacenter1',
  keyspaceName: 'shop',
  tableName: 'movies',
} as const;

// Every direction gives a migration, which is awaited for its result and looped over for its events.
expectTypeOf(
  datamigrato.mongoToCassandra({ ...mongo, ...cassandra, primaryKey: 'id', flatten: false }),
).toEqualTypeOf<Migration>();
expectTypeOf(
  datamigrato.cassandraToMongo({ ...mongo, ...cassandra, lock: './mapping.lock.json' }),
).toEqualTypeOf<Migration>();
expectTypeOf(
  datamigrato.populateMongo({ ...mongo, from: './movies.json', recordsPath: 'data' }),
).toEqualTypeOf<Migration>();
expectTypeOf(
  datamigrato.populateCassandra({ ...cassandra, from: 'https://example.com/x.json' }),
).toEqualTypeOf<Migration>();
expectTypeOf<Awaited<Migration>>().toEqualTypeOf<MigrationResult>();

// What two stores hold can be compared at the end, and at any time after; what was downloaded is gone by then.
expectTypeOf(datamigrato.mongoToCassandra({ ...mongo, ...cassandra, verify: 'digests' })).toEqualTypeOf<Migration>();
// @ts-expect-error: there is nothing left to compare with.
datamigrato.populateMongo({ ...mongo, from: './movies.json', verify: true });
expectTypeOf((await datamigrato.verify({ run: 'x', level: 'records' })).verdict).toEqualTypeOf<
  'equal' | 'different' | 'inconclusive'
>();
// @ts-expect-error: no such level.
void datamigrato.verify({ level: 'roughly' });
expectTypeOf((await datamigrato.repair({ run: 'x', allowDelete: true })).entities[0]?.deleted).toEqualTypeOf<
  number | undefined
>();
expectTypeOf<Migration>().toExtend<AsyncIterable<MigrationEvent>>();
expectTypeOf(datamigrato.plan({ from: 'file:.', to: 'file:./x' })).toEqualTypeOf<Promise<MigrationPlan>>();

// Records can be tried against limits before; what is too deep can become text, what is too long cannot.
expectTypeOf(datamigrato.check({ from: 'file:.', to: 'file:./x', check: 'sample' })).toEqualTypeOf<
  Promise<CheckResult>
>();
void datamigrato.migrate({ from: 'file:.', to: 'file:./x', onLimit: { depth: 'spill', keyBytes: 'refuse' } });
void datamigrato.migrate({ from: 'file:.', to: 'file:./x', onLimit: { recordBytes: { split: 'lines' } } });
// @ts-expect-error: a value that is too long is split with its record alone.
void datamigrato.migrate({ from: 'file:.', to: 'file:./x', onLimit: { fieldBytes: { split: 'lines' } } });
// @ts-expect-error: a key that is too long is not written in another place.
void datamigrato.migrate({ from: 'file:.', to: 'file:./x', onLimit: { keyBytes: 'spill' } });

// Runs that were begun: `resume` needs nothing, `retry` the name of a run.
expectTypeOf(datamigrato.resume()).toEqualTypeOf<Migration>();
expectTypeOf(datamigrato.retry({ run: '2026-11-24-k7mw' })).toEqualTypeOf<Migration>();
expectTypeOf(datamigrato.status()).toEqualTypeOf<Promise<readonly RunSummary[]>>();
// @ts-expect-error letters are those of a run
datamigrato.retry();

// The options of a store are those of its connector, but for the entity.
expectTypeOf<Pick<MongoOptions, 'clientUrl' | 'credFile' | 'databaseName'>>().toExtend<
  Pick<MongodbUserOptions, 'clientUrl' | 'credFile' | 'databaseName'>
>();
type Shared = Exclude<keyof CassandraOptions, 'tableName' | 'contactPoints' | 'replication' | 'tls'>;
expectTypeOf<Shared>().toExtend<keyof CassandraConnectorOptions>();
expectTypeOf<Pick<CassandraOptions, Shared>>().toExtend<Pick<CassandraConnectorOptions, Shared>>();

type OfFirestore = Exclude<keyof FirestoreOptions, 'collectionPath' | 'firestoreClient'>;
expectTypeOf<OfFirestore>().toExtend<keyof FirestoreUserOptions>();
expectTypeOf<Pick<FirestoreOptions, OfFirestore>>().toExtend<Pick<FirestoreUserOptions, OfFirestore>>();
expectTypeOf(datamigrato.mongoToFirestore({ ...mongo, collectionPath: 'movies' })).toEqualTypeOf<Migration>();
expectTypeOf(datamigrato.firestoreToCassandra({ ...cassandra, collectionPath: 'a/*/b' })).toEqualTypeOf<Migration>();
expectTypeOf(
  datamigrato.populateFirestore({ from: './movies.json', collectionPath: 'movies' }),
).toEqualTypeOf<Migration>();

type OfRealtime = Exclude<
  keyof FirebaseRealtimeOptions,
  'rootNode' | 'accessToken' | 'firebaseApp' | 'realtimeEmulator'
>;
expectTypeOf<OfRealtime>().toExtend<keyof RealtimeUserOptions>();
expectTypeOf<Pick<FirebaseRealtimeOptions, OfRealtime>>().toExtend<Pick<RealtimeUserOptions, OfRealtime>>();
const realtime = { referenceUrl: 'https://shop.firebaseio.com', rootNode: 'movies' } as const;
expectTypeOf(
  datamigrato.mongoToFirebaseRealtime({ ...mongo, ...realtime, groupBy: 'genre' }),
).toEqualTypeOf<Migration>();
expectTypeOf(datamigrato.firebaseRealtimeToMongo({ ...mongo, ...realtime })).toEqualTypeOf<Migration>();
expectTypeOf(datamigrato.cassandraToFirebaseRealtime({ ...cassandra, ...realtime })).toEqualTypeOf<Migration>();
expectTypeOf(datamigrato.firebaseRealtimeToCassandra({ ...cassandra, ...realtime })).toEqualTypeOf<Migration>();
expectTypeOf(
  datamigrato.firestoreToFirebaseRealtime({ collectionPath: 'movies', ...realtime }),
).toEqualTypeOf<Migration>();
expectTypeOf(
  datamigrato.firebaseRealtimeToFirestore({ collectionPath: 'movies', ...realtime }),
).toEqualTypeOf<Migration>();
expectTypeOf(datamigrato.populateFirebaseRealtime({ from: './movies.json', ...realtime })).toEqualTypeOf<Migration>();

// @ts-expect-error a node is needed
datamigrato.mongoToFirebaseRealtime({ ...mongo, referenceUrl: 'https://shop.firebaseio.com' });
// @ts-expect-error a collection is needed
datamigrato.mongoToFirestore(mongo);
// @ts-expect-error a table is needed
datamigrato.mongoToCassandra({ ...mongo, keyspaceName: 'shop' });
// @ts-expect-error a document is needed
datamigrato.populateMongo(mongo);
// @ts-expect-error there is no such write mode
datamigrato.migrate({ from: 'a', to: 'b', writeMode: 'upsert' });
// @ts-expect-error results are for reading
(await datamigrato.migrate({ from: 'a', to: 'b' })).runId = 'x';
