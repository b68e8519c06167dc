export type { CassandraOptions, CassandraServer } from './cassandra.js';
export { startCassandra } from './cassandra.js';
export { cassandraVersion } from './cassandra-recipe.js';
export type { Certificates, KeyPairFiles, ServerIdentity, TlsOptions } from './certificates.js';
export { createCertificates, serverIdentities } from './certificates.js';
export type { MongoJavaOptions, MongoJavaServer } from './mongo-java.js';
export { startMongoJava } from './mongo-java.js';
export type { SecantusOptions, SecantusServer } from './secantus.js';
export { startSecantus } from './secantus.js';
export type {
  CassandraAddress,
  Credentials,
  MongodbAddress,
  MongodbServerName,
  ServerControl,
  ServerProfile,
} from './server-handle.js';
export { TestbedError, type TestbedErrorCode } from './testbed-error.js';
