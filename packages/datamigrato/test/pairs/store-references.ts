import type { RealtimeServer } from '@datamigrato/realtime-server';
import type { CassandraAddress, FirestoreAddress } from '@datamigrato/testbed';
import type { EndpointOptions } from '../../src/connect/endpoint-reference.js';

/** A table, as a caller of the library names it. */
export function cassandraTable(address: CassandraAddress, keyspaceName: string, entity: string): EndpointOptions {
  const { contactPoints, port, localDataCenter } = address;
  return {
    connector: 'cassandra',
    options: { contactPoints: [...contactPoints], port, localDataCenter, keyspaceName, createKeyspace: true },
    entity,
  };
}

/** A collection, as a caller of the library names it. */
export function mongoCollection(clientUrl: string, databaseName: string, entity: string): EndpointOptions {
  return { connector: 'mongodb', options: { clientUrl, databaseName }, entity };
}

/** A collection of a project of an emulator, as a caller of the library names it. */
export function firestoreCollection(
  { host, port }: FirestoreAddress,
  projectId: string,
  entity: string,
): EndpointOptions {
  return { connector: 'firestore', options: { projectId, emulator: `${host}:${port}` }, entity };
}

/** A node of a database of an embedded server, as a caller of the library names it. */
export function realtimeNode({ host, port }: RealtimeServer, database: string, entity: string): EndpointOptions {
  const options = { referenceUrl: `https://${database}.firebaseio.com`, emulator: `${host}:${port}` };
  return { connector: 'firebase-realtime', options, entity };
}
