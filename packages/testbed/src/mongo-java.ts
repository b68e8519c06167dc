import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildOnce } from './build-once.js';
import { cacheFolder } from './cache-folder.js';
import { describeServer, type ServerRecipe, startDatabaseServer } from './database-server.js';
import { fetchJars, findJava, type JavaRuntime, shortHash } from './java-runtime.js';
import { mongodbUrl, serverVersion, withMongoClient } from './mongodb-client.js';
import { askTool, type ProgressListener } from './run-tool.js';
import type { MongodbAddress, ServerControl, ServerProfile } from './server-handle.js';

const artifact = { groupId: 'de.bwaldvogel', artifactId: 'mongo-java-server', version: '1.47.0' };
const mainClass = 'MongoJavaServer';
const sourceFile = fileURLToPath(new URL(`../java/${mainClass}.java`, import.meta.url));

const flags: Readonly<Record<ServerProfile, readonly string[]>> = {
  test: ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx1g'],
  bench: ['-XX:+UseParallelGC', '-Xms1g', '-Xmx4g'],
};

/** How to start a server; everything may be left out. */
export interface MongoJavaOptions {
  /** Default `test`. */
  readonly profile?: ServerProfile;
  readonly onProgress?: ProgressListener;
}

/** A running mongo-java-server: fast, in memory only, without sessions, users and validators. */
export interface MongoJavaServer extends MongodbAddress, ServerControl {
  readonly name: 'mongo-java';
}

/** Starts mongo-java-server and resolves when it answers. Needs a Java development kit, and Maven for the first start. */
export async function startMongoJava(options: MongoJavaOptions = {}): Promise<MongoJavaServer> {
  const java = await findJava('mongo-java-server');
  const jars = await fetchJars(artifact, options.onProgress ?? (() => undefined));
  const classes = await compileMain(java, jars);
  const server = await startDatabaseServer(mongoJavaRecipe(java, [classes, ...jars], options.profile ?? 'test'));
  try {
    const [port = 0] = server.ports;
    const url = mongodbUrl(port);
    const version = await withMongoClient(url, {}, serverVersion);
    return describeServer(server, { name: 'mongo-java' as const, url, version });
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function compileMain(java: JavaRuntime, jars: readonly string[]): Promise<string> {
  const key = shortHash([await readFile(sourceFile, 'utf8'), java.fingerprint, ...jars].join('\n'));
  return buildOnce(join(cacheFolder(), `mongo-java-server-${artifact.version}-main-${key}`), async (folder) => {
    const classes = join(folder, 'classes');
    await mkdir(classes);
    await askTool(java.javac, ['-cp', jars.join(':'), '-d', classes, sourceFile], 'mongo-java-server');
    return classes;
  });
}

function mongoJavaRecipe(java: JavaRuntime, classPath: readonly string[], profile: ServerProfile): ServerRecipe {
  return {
    title: `mongo-java-server ${artifact.version}`,
    purpose: 'mongo-java',
    ports: 1,
    readyLine: /listening on/,
    readyWithinMilliseconds: 30_000,
    async command(_folder, [port]) {
      const programArguments = [
        ...flags[profile],
        '-XX:-UsePerfData',
        '-cp',
        classPath.join(':'),
        mainClass,
        String(port),
      ];
      return { program: java.java, programArguments };
    },
    async greet([port = 0]) {
      await withMongoClient(mongodbUrl(port), {}, (client) => client.db('admin').command({ ping: 1 }));
    },
  };
}
