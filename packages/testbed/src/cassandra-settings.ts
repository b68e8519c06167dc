import { join } from 'node:path';
import type { TlsOptions } from './certificates.js';
import type { ServerProfile } from './server-handle.js';

/** Name that `SimpleSnitch` gives to the only data centre. */
export const localDataCenter = 'datacenter1';

/** Guards key and trust stores that live for one test run in a folder that only this user can read. */
export const storePassword = 'changeit';

/** A node's place beside others; without one it is alone on 127.0.0.1. */
export interface RingPlace {
  readonly address: string;
  /** Comma-separated tokens where the node's ranges end. */
  readonly initialToken: string;
  readonly seed: string;
}

/** What a node's `cassandra.yaml` depends on. */
export interface CassandraSettings {
  readonly profile: ServerProfile;
  readonly authentication: boolean;
  readonly tls: TlsOptions | undefined;
  readonly commitLogSync: 'periodic' | 'batch';
  readonly settings: Readonly<Record<string, unknown>>;
  readonly place: RingPlace | undefined;
}

/** Path of the node's own certificate and key; present if it was given `tls`. */
export const keyStoreFile = (folder: string): string => join(folder, 'identity.p12');
/** Path of the authority whose clients the node accepts; present if it asks clients for a certificate. */
export const trustStoreFile = (folder: string): string => join(folder, 'trust.p12');

/** The text of `cassandra.yaml` for one small node on 127.0.0.1; every value is JSON, which is YAML too. */
export function cassandraYaml(
  options: CassandraSettings,
  folder: string,
  nativePort: number,
  storagePort: number,
): string {
  const { address = '127.0.0.1', seed = '127.0.0.1', initialToken } = options.place ?? {};
  const settings = {
    cluster_name: 'testbed',
    ...(initialToken === undefined
      ? { num_tokens: 4 }
      : { num_tokens: initialToken.split(',').length, initial_token: initialToken }),
    partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
    seed_provider: [
      {
        class_name: 'org.apache.cassandra.locator.SimpleSeedProvider',
        parameters: [{ seeds: `${seed}:${storagePort}` }],
      },
    ],
    endpoint_snitch: 'SimpleSnitch',
    listen_address: address,
    rpc_address: address,
    native_transport_port: nativePort,
    storage_port: storagePort,
    data_file_directories: [join(folder, 'data')],
    commitlog_directory: join(folder, 'commitlog'),
    hints_directory: join(folder, 'hints'),
    saved_caches_directory: join(folder, 'saved_caches'),
    cdc_raw_directory: join(folder, 'cdc_raw'),
    ...commitLog(options.commitLogSync),
    commitlog_segment_size: '8MiB',
    commitlog_total_space: '128MiB',
    auto_snapshot: false,
    auto_bootstrap: false,
    hinted_handoff_enabled: false,
    dynamic_snitch: false,
    key_cache_size: '4MiB',
    counter_cache_size: '2MiB',
    row_cache_size: '0MiB',
    file_cache_size: '64MiB',
    networking_cache_size: '64MiB',
    memtable_heap_space: options.profile === 'bench' ? '384MiB' : '128MiB',
    memtable_offheap_space: '128MiB',
    memtable_allocation_type: 'heap_buffers',
    concurrent_reads: 16,
    concurrent_writes: 16,
    concurrent_counter_writes: 4,
    concurrent_compactors: 1,
    native_transport_max_threads: 16,
    read_request_timeout: '30s',
    range_request_timeout: '60s',
    write_request_timeout: '30s',
    truncate_request_timeout: '60s',
    request_timeout: '60s',
    materialized_views_enabled: true,
    ...access(options.authentication),
    ...clientEncryption(options.tls, folder),
    ...options.settings,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
    .join('');
}

function commitLog(sync: 'periodic' | 'batch'): Record<string, unknown> {
  if (sync === 'batch') return { commitlog_sync: 'batch' };
  return { commitlog_sync: 'periodic', commitlog_sync_period: '10000ms' };
}

function access(authentication: boolean): Record<string, unknown> {
  if (!authentication) return { authenticator: 'AllowAllAuthenticator' };
  return {
    authenticator: 'PasswordAuthenticator',
    authorizer: 'CassandraAuthorizer',
    roles_validity: '0ms',
    permissions_validity: '0ms',
    credentials_validity: '0ms',
  };
}

function clientEncryption(tls: TlsOptions | undefined, folder: string): Record<string, unknown> {
  if (tls === undefined) return {};
  const trust = { truststore: trustStoreFile(folder), truststore_password: storePassword, require_client_auth: true };
  return {
    client_encryption_options: {
      enabled: true,
      optional: false,
      keystore: keyStoreFile(folder),
      keystore_password: storePassword,
      ...(tls.requireClientCertificate === true ? trust : {}),
    },
  };
}

/** Everything to standard output, which the testbed keeps in the server's folder. */
export const logbackXml = `<configuration>
  <appender name="STDOUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%-5level %date{ISO8601} %logger{0} - %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="STDOUT"/></root>
</configuration>
`;
