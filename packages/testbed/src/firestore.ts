import { join } from 'node:path';
import { buildOnce } from './build-once.js';
import { cacheFolder } from './cache-folder.js';
import { describeServer, type ServerRecipe, startDatabaseServer } from './database-server.js';
import { type FirestoreJar, findFirestoreJar } from './firestore-jar.js';
import { findJava, type JavaRuntime, shortHash } from './java-runtime.js';
import type { ProgressListener } from './run-tool.js';
import type { FirestoreAddress, ServerControl, ServerProfile } from './server-handle.js';
import { TestbedError } from './testbed-error.js';

const oldestJava = 17;

/** Both collect garbage alike, which a class-data archive depends on. */
const flags: Readonly<Record<ServerProfile, readonly string[]>> = {
  test: ['-XX:TieredStopAtLevel=1', '-Xmx1g'],
  bench: ['-Xmx4g'],
};

/** How to start an emulator; everything may be left out. */
export interface FirestoreOptions {
  /** Default `test`. */
  readonly profile?: ServerProfile;
  readonly onProgress?: ProgressListener;
}

/** A running Firestore emulator: in memory only, any project and database exist at once. */
export interface FirestoreServer extends FirestoreAddress, ServerControl {}

/** Starts Google's Firestore emulator and resolves when it answers. Needs Java 17 or newer and the emulator's jar, which is never fetched. */
export async function startFirestore(options: FirestoreOptions = {}): Promise<FirestoreServer> {
  const java = await findJava('the Firestore emulator');
  if (java.major < oldestJava) {
    throw new TestbedError(
      'unavailable',
      `The Firestore emulator needs Java 17 or newer; ${java.java} is ${java.major}.`,
    );
  }
  const jar = await findFirestoreJar();
  const archive = await classArchive(java, jar, options.onProgress ?? (() => undefined));
  const profile = flags[options.profile ?? 'test'];
  const server = await startDatabaseServer(recipe(java, jar, [...profile, `-XX:SharedArchiveFile=${archive}`]));
  const [port = 0] = server.ports;
  return describeServer(server, { name: 'firestore' as const, url: urlOf(port), host: '127.0.0.1', port });
}

/** Any project will do: tests that share an emulator each take another one. */
function urlOf(port: number): string {
  return `firestore://demo-datamigrato/(default)?emulator=127.0.0.1:${port}`;
}

/** The emulator's classes as java keeps them in memory, made once: with them it starts in half of the time. */
async function classArchive(java: JavaRuntime, jar: FirestoreJar, onProgress: ProgressListener): Promise<string> {
  const key = shortHash(`${java.fingerprint}\n${jar.identity}`);
  return buildOnce(join(cacheFolder(), `firestore-emulator-classes-${key}.jsa`), async (folder) => {
    onProgress('Preparing the Firestore emulator…');
    const archive = join(folder, 'classes.jsa');
    const server = await startDatabaseServer(recipe(java, jar, [...flags.test, `-XX:ArchiveClassesAtExit=${archive}`]));
    try {
      await server.terminate();
    } finally {
      await server.stop();
    }
    return archive;
  });
}

function recipe(java: JavaRuntime, jar: FirestoreJar, settings: readonly string[]): ServerRecipe {
  return {
    title: 'The Firestore emulator',
    purpose: 'firestore',
    ports: 2,
    readyLine: /Dev App Server is now running/,
    readyWithinMilliseconds: 60_000,
    async command(_folder, [port, websocketPort]) {
      const programArguments = [
        ...['-Duser.language=en', '-XX:+UseSerialGC', '-XX:-UsePerfData', ...settings, ...jar.mainArguments],
        ...['--host=127.0.0.1', `--port=${port}`, `--websocket_port=${websocketPort}`],
      ];
      return { program: java.java, programArguments };
    },
    async greet([port]) {
      const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(5_000) });
      if (!answer.ok) throw new Error(`it answers with status ${answer.status}`);
      await answer.text();
    },
  };
}
