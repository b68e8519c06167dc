import { join } from 'node:path';
import type { ServerProfile } from './server-handle.js';

/** Modules that Cassandra reaches into; the upstream start script passes the same. */
const exportedPackages = [
  'java.base/jdk.internal.misc',
  'java.base/jdk.internal.ref',
  'java.base/sun.nio.ch',
  'java.base/java.lang.ref',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.management/com.sun.jmx.remote.security',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.rmi/sun.rmi.transport.tcp',
  'java.sql/java.sql',
  'jdk.unsupported/sun.misc',
  'jdk.attach/sun.tools.attach',
  'jdk.compiler/com.sun.tools.javac.file',
];
const openedPackages = [
  'java.base/java.lang',
  'java.base/java.lang.module',
  'java.base/java.lang.reflect',
  'java.base/java.io',
  'java.base/java.nio',
  'java.base/java.net',
  'java.base/java.util',
  'java.base/java.util.concurrent',
  'java.base/java.util.concurrent.atomic',
  'java.base/jdk.internal.loader',
  'java.base/jdk.internal.ref',
  'java.base/jdk.internal.reflect',
  'java.base/jdk.internal.math',
  'java.base/jdk.internal.module',
  'java.base/jdk.internal.util.jar',
  'java.base/sun.nio.ch',
  'jdk.management/com.sun.management.internal',
  'jdk.compiler/com.sun.tools.javac',
];

const mainClass = 'org.apache.cassandra.service.CassandraDaemon';

/** Makes start-up fast: no waiting for a cluster that does not exist, no measuring, no JMX. */
const systemProperties = [
  'jdk.attach.allowAttachSelf=true',
  'io.netty.tryReflectionSetAccessible=true',
  'io.netty.allocator.useCacheForAllThreads=true',
  'io.netty.allocator.maxOrder=11',
  'java.net.preferIPv4Stack=true',
  'file.encoding=UTF-8',
  'cassandra-foreground=yes',
  'cassandra.ring_delay_ms=0',
  'cassandra.skip_wait_for_gossip_to_settle=0',
  'cassandra.superuser_setup_delay_ms=0',
  'cassandra.consistent.rangemovement=false',
  'cassandra.shutdown_announce_in_ms=0',
  'cassandra.test.messagingService.nonGracefulShutdown=true',
  'cassandra.memtable.row_overhead_size=180',
  'cassandra.size_recorder_interval=5',
  'cassandra.auth_bcrypt_gensalt_log2_rounds=4',
  'org.apache.cassandra.disable_mbean_registration=true',
];

/** Flags that decide whether a class archive fits: it must be used with the collector it was made with. */
export const archivableFlags = [
  '-Xms96m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xss512k',
  '-XX:MaxDirectMemorySize=512m',
];
const benchFlags = ['-Xms512m', '-Xmx1536m', '-XX:+UseParallelGC', '-Xss512k', '-XX:MaxDirectMemorySize=512m'];

/** What the node's command line depends on. */
export interface CassandraJavaOptions {
  readonly profile: ServerProfile;
  readonly jars: readonly string[];
  /** Leaves the system tables in memory: schema changes are 5 to 8 times faster and a restart finds nothing. */
  readonly unsafeSystem: boolean;
  /** `-XX:SharedArchiveFile=…`, `-XX:ArchiveClassesAtExit=…` or nothing. */
  readonly archiveFlags: readonly string[];
}

/** Everything after `java`, for a node whose files are in `folder`. */
export function cassandraArguments(options: CassandraJavaOptions, folder: string): string[] {
  const temporary = join(folder, 'tmp');
  const properties = [
    ...systemProperties,
    `java.io.tmpdir=${temporary}`,
    `jna.tmpdir=${temporary}`,
    `cassandra.config=file://${join(folder, 'cassandra.yaml')}`,
    `cassandra.storagedir=${folder}`,
    `cassandra.logdir=${folder}`,
    `logback.configurationFile=${join(folder, 'logback.xml')}`,
    ...(options.unsafeSystem ? ['cassandra.unsafesystem=true'] : []),
  ];
  return [
    ...(options.profile === 'bench' ? benchFlags : archivableFlags),
    ...options.archiveFlags,
    '-XX:-UsePerfData',
    '-XX:+ExitOnOutOfMemoryError',
    ...properties.map((property) => `-D${property}`),
    ...exportedPackages.map((name) => `--add-exports=${name}=ALL-UNNAMED`),
    ...openedPackages.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
    '-cp',
    options.jars.join(':'),
    mainClass,
  ];
}
