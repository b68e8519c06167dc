import { type CassandraServer, startCassandra } from './cassandra.js';
import { type FirestoreServer, startFirestore } from './firestore.js';
import { type MongoJavaServer, startMongoJava } from './mongo-java.js';
import { type MongodbServer, startMongodb } from './mongodb.js';
import { type RealtimeServerProcess, startRealtime } from './realtime.js';
import type { ProgressListener } from './run-tool.js';
import { startSecantus } from './secantus.js';
import type {
  CassandraAddress,
  FirestoreAddress,
  MongodbAddress,
  RealtimeAddress,
  ServerProfile,
} from './server-handle.js';

/** What the command line and shared tests can ask for by name; `mongodb` stands for the most genuine one at hand. */
export const serverNames = ['mongodb', 'secantus', 'mongo-java', 'cassandra', 'firestore', 'realtime'] as const;
export type ServerName = (typeof serverNames)[number];

/** What each name gives. */
export interface ServerAddresses {
  readonly mongodb: MongodbAddress;
  readonly secantus: MongodbAddress;
  readonly 'mongo-java': MongodbAddress;
  readonly cassandra: CassandraAddress;
  readonly firestore: FirestoreAddress;
  readonly realtime: RealtimeAddress;
}

/** A started server and what others need to know of it, which can be written as JSON. */
export interface NamedServer {
  readonly address: ServerAddresses[ServerName];
  stop(): Promise<void>;
  /** False once the server has ended by itself. */
  isRunning(): boolean;
}

/** What the named servers may be told. */
export interface NamedServerOptions {
  readonly profile?: ServerProfile;
  readonly onProgress?: ProgressListener;
}

/** Starts a server by its name, with neither passwords nor TLS. */
export async function startByName(name: ServerName, options: NamedServerOptions = {}): Promise<NamedServer> {
  const server = await startServer(name, options);
  const stop = (): Promise<void> => server.stop();
  const isRunning = (): boolean => !('running' in server) || server.running === true;
  return { address: addressOf(server), stop, isRunning };
}

type StartedServer = MongodbServer | MongoJavaServer | CassandraServer | FirestoreServer | RealtimeServerProcess;

function startServer(name: ServerName, options: NamedServerOptions): Promise<StartedServer> {
  switch (name) {
    case 'mongodb':
      return startMongodb(options);
    case 'secantus':
      return startSecantus({ ...options, testCommands: true });
    case 'mongo-java':
      return startMongoJava(options);
    case 'cassandra':
      return startCassandra(options);
    case 'firestore':
      return startFirestore(options);
    case 'realtime':
      return startRealtime();
  }
}

function addressOf(server: StartedServer): ServerAddresses[ServerName] {
  if (server.name === 'cassandra') {
    const { name, url, version, contactPoints, port, localDataCenter } = server;
    return { name, url, version, contactPoints, port, localDataCenter };
  }
  if (server.name === 'firestore') return { name: server.name, url: server.url, host: server.host, port: server.port };
  if (server.name === 'realtime') return { name: server.name, url: server.url, host: server.host, port: server.port };
  return { name: server.name, url: server.url, version: server.version };
}
