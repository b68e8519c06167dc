/** The processor and memory settings of a Java server: `test` starts fast and small, `bench` is for figures. */
export type ServerProfile = 'test' | 'bench';

/** A user of a started server. The password is made anew at every start. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Where a Cassandra node listens; plain JSON, so that it can be handed to another process. */
export interface CassandraAddress {
  readonly name: 'cassandra';
  /** `cassandra://127.0.0.1:PORT/?localDataCenter=datacenter1`, with user and password where the node asks for them. */
  readonly url: string;
  readonly version: string;
  readonly contactPoints: readonly string[];
  readonly port: number;
  readonly localDataCenter: string;
  /** A superuser; present if the node was started with `authentication`. */
  readonly username?: string;
  readonly password?: string;
  /** PEM file that signs the node's certificate; present if the node was started with `tls`. */
  readonly certificateAuthorityFile?: string;
}

/** Where a Realtime Database server listens; plain JSON. Its owner's token is `owner`. */
export interface RealtimeAddress {
  readonly name: 'realtime';
  /** `rtdb://demo?emulator=127.0.0.1:PORT`; every other database of the server exists as well. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

/** The server behind a MongoDB URL. */
export type MongodbServerName = 'mongodb-uri' | 'mongodb-memory-server' | 'secantus' | 'mongo-java';

/** Where a server that speaks MongoDB's protocol listens; plain JSON. */
export interface MongodbAddress {
  readonly name: MongodbServerName;
  /** Ready for `new MongoClient(url)`: holds user, password and TLS options where the server asks for them. */
  readonly url: string;
  /** As `buildInfo` answers. */
  readonly version: string;
  readonly username?: string;
  readonly password?: string;
  readonly certificateAuthorityFile?: string;
}

/** Where a Firestore emulator listens; plain JSON. */
export interface FirestoreAddress {
  readonly name: 'firestore';
  /** `firestore://demo-datamigrato/(default)?emulator=127.0.0.1:PORT`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

/** What can be done to every server that the testbed started. */
export interface ServerControl extends AsyncDisposable {
  /** Process id of the server itself; another one after `restart()`. */
  readonly pid: number;
  /** True until the process has ended, by itself or by `kill()` or `stop()`. */
  readonly running: boolean;
  /** SIGKILL, then waits until the process is gone. The data stay for `restart()`. */
  kill(): Promise<void>;
  /** Starts again on the same port and data, after SIGTERM if it still runs; resolves when it answers. */
  restart(): Promise<void>;
  /** Ends the server at once and deletes its data; safe to call more than once. */
  stop(): Promise<void>;
  /** Everything that the server has logged. */
  log(): Promise<string>;
}
