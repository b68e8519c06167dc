import { classArchiveFlags } from './cassandra-archive.js';
import { cassandraRecipe, cassandraVersion, type NodeOptions } from './cassandra-recipe.js';
import { type DatabaseServer, startDatabaseServer } from './database-server.js';
import { fetchJars, findJava } from './java-runtime.js';
import type { ProgressListener } from './run-tool.js';

const artifact = { groupId: 'org.apache.cassandra', artifactId: 'cassandra-all', version: cassandraVersion };

/** Fetches what a node needs if it is not there yet, and starts one. */
export async function startNode(options: NodeOptions, onProgress: ProgressListener): Promise<DatabaseServer> {
  const java = await findJava('Apache Cassandra');
  const jars = await fetchJars(artifact, onProgress);
  const archiveFlags = options.profile === 'test' ? await classArchiveFlags(java, jars, onProgress) : [];
  return startDatabaseServer(cassandraRecipe(java, jars, options, archiveFlags));
}
