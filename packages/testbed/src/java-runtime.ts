import { createHash } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildOnce } from './build-once.js';
import { cacheFolder } from './cache-folder.js';
import { askTool, type ProgressListener, runTool } from './run-tool.js';
import { TestbedError } from './testbed-error.js';

const dependencyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';

/** An artifact of Maven Central with a pinned version. */
export interface MavenArtifact {
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string;
}

/** The Java that `JAVA_HOME` names, else the one on PATH. */
export interface JavaRuntime {
  readonly java: string;
  readonly javac: string;
  readonly major: number;
  /** Changes with every other build of Java; part of the names of cached files that depend on it. */
  readonly fingerprint: string;
}

/** Finds Java and checks that it is at least version 11; throws `unavailable` otherwise. */
export async function findJava(neededFor: string): Promise<JavaRuntime> {
  const home = process.env['JAVA_HOME'];
  const java = home ? join(home, 'bin', 'java') : 'java';
  const answer = await askTool(java, ['-version'], neededFor);
  const [, version] = /version "([^"]+)"/.exec(answer) ?? [];
  const major = Number.parseInt((version ?? '').replace(/^1\./, ''), 10);
  if (!(major >= 11)) {
    throw new TestbedError(
      'unavailable',
      `${neededFor} needs Java 11 or newer; ${java} is version ${version ?? 'unknown'}.`,
    );
  }
  return { java, javac: home ? join(home, 'bin', 'javac') : 'javac', major, fingerprint: shortHash(answer) };
}

/** Gives the sorted jars of an artifact and all that it needs at run time, fetched by Maven at the first call. */
export async function fetchJars(artifact: MavenArtifact, onProgress: ProgressListener): Promise<string[]> {
  const { artifactId, version } = artifact;
  const pom = pomFor(artifact);
  const target = join(cacheFolder(), `${artifactId}-${version}-${shortHash(pom)}`);
  const folder = await buildOnce(target, async (buildFolder) => {
    onProgress(`Fetching ${artifactId} ${version} with Maven…`);
    await askTool('mvn', ['--version'], `fetching ${artifactId}`);
    await writeFile(join(buildFolder, 'pom.xml'), pom);
    const jars = join(buildFolder, 'jars');
    const programArguments = ['-q', '-B', dependencyPlugin, '-DincludeScope=runtime', `-DoutputDirectory=${jars}`];
    await runTool({ program: 'mvn', programArguments }, buildFolder);
    return jars;
  });
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jar')).sort();
  return names.map((name) => join(folder, name));
}

function pomFor({ groupId, artifactId, version }: MavenArtifact): string {
  return `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>local.testbed</groupId><artifactId>${artifactId}-runtime</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></dependency>
  </dependencies>
</project>
`;
}

/** Twelve hexadecimal digits that stand for a text in the name of a cached file. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
