import { isIPv6 } from 'node:net';
import { basename } from 'node:path';
import type { EndpointDescription } from '@datamigrato/core';
import type { ConnectionOptions } from './options.js';

/** What may be shown of a connection: hosts or the bundle's file name, and the keyspace. */
export function describeEndpoint(options: ConnectionOptions): EndpointDescription {
  return { id: `${placeOf(options)}/${options.keyspaceName}`, notices: options.notices };
}

function placeOf({ reach, databaseId }: ConnectionOptions): string {
  switch (reach.by) {
    case 'client':
      return 'cassandra://client';
    case 'bundle':
      return `astra://${databaseId ?? basename(reach.bundleFile)}`;
    case 'nodes':
      return `cassandra://${reach.contactPoints.map((host) => `${isIPv6(host) ? `[${host}]` : host}:${reach.port}`).join(',')}`;
  }
}
