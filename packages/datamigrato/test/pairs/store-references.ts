import type { CassandraAddress } from '@datamigrato/testbed';
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
