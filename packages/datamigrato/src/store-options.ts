import type { EndpointOptions } from './connect/endpoint-reference.js';

/** A collection of a MongoDB database. One of `clientUrl`, `credFile` and `client` is needed. */
export interface MongoOptions {
  /** Connection string, `mongodb://…` or `mongodb+srv://…`. */
  readonly clientUrl?: string;
  /** YAML file whose one entry `client_url` is the connection string. */
  readonly credFile?: string;
  /** A connected `MongoClient`; it stays the caller's to close. */
  readonly client?: object;
  /** Default: the database in the path of the connection string. */
  readonly databaseName?: string;
  readonly collectionName: string;
}

/** A table of an Apache Cassandra or Astra DB keyspace: reached by `contactPoints`, by `secureBundle`, or by a bundle and token found in the working directory. */
export interface CassandraOptions {
  readonly keyspaceName: string;
  readonly tableName: string;
  /** Hosts to begin with. */
  readonly contactPoints?: readonly string[];
  /** Default: 9042. Holds for every node. */
  readonly port?: number;
  /** The data centre to work in, such as `datacenter1`; needed with `contactPoints`. */
  readonly localDataCenter?: string;
  readonly username?: string;
  readonly password?: string;
  /** Whether to use TLS, and PEM files for it. Certificates are always verified. Default: false. */
  readonly tls?:
    | boolean
    | { readonly certificateAuthorityFile?: string; readonly certificateFile?: string; readonly keyFile?: string };
  /** Path of an Astra DB secure connect bundle. Default: the one `secure-connect-*.zip` of the working directory. */
  readonly secureBundle?: string;
  /** Path of a token file (JSON with `clientId` and `secret`, or with `token`), or the token itself. Default: the one `*-token.json` of the working directory. */
  readonly token?: string;
  /** Makes the keyspace where it is missing. Default: false. */
  readonly createKeyspace?: boolean;
  /** Replication of a keyspace that is made, such as `{ class: 'NetworkTopologyStrategy', dc1: 3 }`. */
  readonly replication?: Readonly<Record<string, string | number>>;
}

/** How the options of each store, as methods of `Datamigrato` take them, name an endpoint: one entry for each store. */
export const stores: {
  readonly mongo: (options: MongoOptions) => EndpointOptions;
  readonly cassandra: (options: CassandraOptions) => EndpointOptions;
} = {
  mongo: ({ clientUrl, credFile, client, databaseName, collectionName }) => ({
    connector: 'mongodb',
    options: given({ clientUrl, credFile, client, databaseName }),
    entity: collectionName,
  }),
  cassandra: (options) => ({
    connector: 'cassandra',
    options: given({
      keyspaceName: options.keyspaceName,
      contactPoints: options.contactPoints,
      port: options.port,
      localDataCenter: options.localDataCenter,
      username: options.username,
      password: options.password,
      tls: options.tls,
      secureBundle: options.secureBundle,
      token: options.token,
      createKeyspace: options.createKeyspace,
      replication: options.replication,
    }),
    entity: options.tableName,
  }),
};

/** The options that were given: one set to undefined is one left out. */
function given(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
