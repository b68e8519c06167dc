import { type ConnectorDefinition, defineConnector } from '@datamigrato/core';
import { createAdmin } from './admin.js';
import { cassandraCodec } from './codec.js';
import { parseConnectionUrl } from './connection-url.js';
import { describeEndpoint } from './endpoint-description.js';
import { cassandraManifest } from './manifest.js';
import { openSession } from './open-session.js';
import { type ConnectionOptions, optionsSchema } from './options.js';
import type { CassandraRow } from './row.js';
import { secretsOf } from './secrets.js';
import type { CassandraSession } from './session.js';
import { createSource } from './source.js';
import { createTarget } from './target.js';

/** An open connection, and the options that it was opened with. */
interface OpenKeyspace {
  readonly session: CassandraSession;
  readonly options: ConnectionOptions;
}

const definition: ConnectorDefinition<ConnectionOptions, OpenKeyspace, CassandraRow> = {
  specVersion: 1,
  id: 'cassandra',
  version: '0.1.0',
  schemes: ['cassandra', 'astra'],
  options: optionsSchema,
  manifest: cassandraManifest,
  codec: cassandraCodec,
  parseUrl: parseConnectionUrl,
  describe: describeEndpoint,
  secrets: secretsOf,
  open: async (options, call) => ({ session: await openSession(options, call), options }),
  close: ({ session }) => session.close(),
  source: ({ session, options }) =>
    createSource(session, {
      facts: { ttl: options.readTtl, writetime: options.readWritetime },
      fetchSize: options.fetchSize,
    }),
  target: ({ session, options }) =>
    createTarget(session, {
      strategy: options.writeStrategy,
      batchBytes: options.batchBytes,
      createKeyspace: options.createKeyspace,
      timeToLive: options.timeToLive,
      writeTimestamp: options.writeTimestamp,
    }),
  admin: ({ session }) => createAdmin(session),
};

/**
 * Apache Cassandra and Astra DB.
 *
 * @example
 * ```ts
 * const configured = await cassandraConnector.configure({
 *   contactPoints: ['10.0.0.1'], localDataCenter: 'datacenter1', keyspaceName: 'shop',
 * });
 * ```
 */
export const cassandraConnector = defineConnector(definition);
