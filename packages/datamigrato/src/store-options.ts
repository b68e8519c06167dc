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

/** A collection of a Cloud Firestore database: reached with `serviceAccount`, `applicationDefault`, `emulator` or `firestoreClient`, or with a service account found in the working directory. */
export interface FirestoreOptions {
  /** Path of the collection; `*` stands for any id: `users`, `users/*\/messages`, `users/alice/messages`. */
  readonly collectionPath: string;
  /** Default: the project that the credentials name. */
  readonly projectId?: string;
  /** Default: `(default)`. */
  readonly databaseId?: string;
  /** JSON file of a service account. Default: the one `*-firebase-adminsdk-*.json` of the working directory. */
  readonly serviceAccount?: string;
  /** Uses the application default credentials of this machine or of the cloud that it runs in. Default: false. */
  readonly applicationDefault?: boolean;
  /** `host:port` of an emulator; `true`: the one that FIRESTORE_EMULATOR_HOST names; `false`: none, whatever that names. */
  readonly emulator?: boolean | string;
  /** A `v1.FirestoreClient`; it stays the caller's to close. */
  readonly firestoreClient?: object;
  /** As a target: begins with 500 writes a second, half as many more every five minutes. Default: true; never for an emulator. */
  readonly rampUp?: boolean;
  /** As a source: gives documents that exist only as parents of others as empty records. Default: true. */
  readonly missingParents?: boolean;
  /** Sub-collections that lie in the records of their parents as arrays, by their paths with `*` for every id, such as `users/*\/messages`; in one text they are separated by commas. Default: none. */
  readonly embed?: string | readonly string[];
}

/** A node of a Firebase Realtime Database: reached with `serviceAccount`, `accessToken`, `firebaseApp` or `realtimeEmulator`, or with a service account found in the working directory. */
export interface FirebaseRealtimeOptions {
  /** Address of the database, such as `https://shop-default-rtdb.firebaseio.com`; a path in it is taken for the root. */
  readonly referenceUrl: string;
  /** Path of the node whose children are the records; `*` stands for a part of the key: `movies`, `movies/*`. */
  readonly rootNode: string;
  /** JSON file of a service account. Default: the one `*-firebase-adminsdk-*.json` of the working directory. */
  readonly serviceAccount?: string;
  /** An OAuth 2 access token instead. */
  readonly accessToken?: string;
  /** An app of `firebase-admin` instead; it stays the caller's to delete. */
  readonly firebaseApp?: object;
  /** `host:port` of an emulator; `true`: the one that FIREBASE_DATABASE_EMULATOR_HOST names; `false`: none, whatever that names. */
  readonly realtimeEmulator?: boolean | string;
}

/** How the options of each store, as methods of `Datamigrato` take them, name an endpoint: one entry for each store. */
export const stores: {
  readonly mongo: (options: MongoOptions) => EndpointOptions;
  readonly cassandra: (options: CassandraOptions) => EndpointOptions;
  readonly firestore: (options: FirestoreOptions) => EndpointOptions;
  readonly firebaseRealtime: (options: FirebaseRealtimeOptions) => EndpointOptions;
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
  firestore: (options) => ({
    connector: 'firestore',
    options: given({
      projectId: options.projectId,
      databaseId: options.databaseId,
      serviceAccount: options.serviceAccount,
      applicationDefault: options.applicationDefault,
      emulator: options.emulator,
      client: options.firestoreClient,
      rampUp: options.rampUp,
      missingParents: options.missingParents,
      embed: options.embed,
    }),
    entity: options.collectionPath,
  }),
  firebaseRealtime: (options) => ({
    connector: 'firebase-realtime',
    options: given({
      referenceUrl: options.referenceUrl,
      serviceAccount: options.serviceAccount,
      token: options.accessToken,
      app: options.firebaseApp,
      emulator: options.realtimeEmulator,
    }),
    entity: options.rootNode,
  }),
};

/** The options that were given: one set to undefined is one left out. */
function given(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
