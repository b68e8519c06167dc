// A server of your own

export type { AstraLike } from './astra-like.js';
export { startAstraLike } from './astra-like.js';
export type { CassandraOptions, CassandraServer } from './cassandra.js';
export { startCassandra } from './cassandra.js';
export type { CassandraPair } from './cassandra-pair.js';
export { startCassandraPair } from './cassandra-pair.js';
export { cassandraVersion } from './cassandra-recipe.js';
export type { FirestoreOptions, FirestoreServer } from './firestore.js';
export { startFirestore } from './firestore.js';
export type { FirestoreDocuments, FirestoreFields, FirestoreValue } from './firestore-documents.js';
export { firestoreDocuments } from './firestore-documents.js';
export type { MongoJavaOptions, MongoJavaServer } from './mongo-java.js';
export { startMongoJava } from './mongo-java.js';
export type { MongodbOptions, MongodbServer } from './mongodb.js';
export { startMongodb } from './mongodb.js';
export type { RealtimeOptions, RealtimeServerProcess } from './realtime.js';
export { startRealtime } from './realtime.js';
export type { SecantusOptions, SecantusServer } from './secantus.js';
export { startSecantus } from './secantus.js';
export type {
  CassandraAddress,
  Credentials,
  FirestoreAddress,
  MongodbAddress,
  MongodbServerName,
  RealtimeAddress,
  ServerControl,
  ServerProfile,
} from './server-handle.js';

// Servers shared by a test run

export { describeWithOwnServer, describeWithServer } from './describe-with-server.js';
export type { NamedServer, NamedServerOptions, ServerAddresses, ServerName } from './named-servers.js';
export { serverNames, startByName } from './named-servers.js';
export { serverOrSkip } from './server-or-skip.js';
export { provideServers } from './shared-servers.js';

// Real data

export type { RealDataName } from './real-data.js';
export { realDataFile, realDataRecords } from './real-data.js';

// Security

export type { Certificates, KeyPairFiles, ServerIdentity, TlsOptions } from './certificates.js';
export { createCertificates, serverIdentities } from './certificates.js';

// Trouble and places

export { cacheFolder } from './cache-folder.js';
export { type FaultProxy, startFaultProxy } from './fault-proxy.js';
export type { Fault } from './fault-proxy-fault.js';
export { createGuardedFolder, type GuardedFolder } from './guarded-folder.js';
export { TestbedError, type TestbedErrorCode } from './testbed-error.js';
