import { basename } from 'node:path';
import { DatamigratoError, type ErrorCode } from '@datamigrato/core';
import { ArchiveRefusal, archiveLimits, readArchive } from './bundle-archive.js';
import { readCredentialBytes } from './credential-bytes.js';

/** What a secure connect bundle says, once it has been checked. */
export interface SecureBundle {
  /** Where the database's metadata service answers. */
  readonly host: string;
  readonly port: number;
  readonly certificateAuthority: Buffer;
  readonly certificate: Buffer;
  readonly key: Buffer;
}

/** How a bundle is checked. */
export interface BundleRules {
  /** Whether its host may be another than Astra's. */
  readonly allowAnyHost: boolean;
  /** Id of the database that it must lead to, where that is known. */
  readonly databaseId?: string | undefined;
}

/** Ends of the host names of Astra DB. */
const vendorSuffixes = ['.astra.datastax.com'];

/**
 * Reads a secure connect bundle and checks it, in memory and before the driver could see any of it.
 *
 * The driver itself would inflate every entry of the zip, whatever its size, and trust whatever host it names.
 *
 * @throws DatamigratoError `DM_CASSANDRA_BUNDLE_INVALID` or `DM_CASSANDRA_BUNDLE_HOST`.
 */
export async function readSecureBundle(path: string, rules: BundleRules): Promise<SecureBundle> {
  const bytes = await readCredentialBytes(
    path,
    'secure connect bundle',
    archiveLimits.bytes,
    'DM_CASSANDRA_BUNDLE_INVALID',
  );
  return parseSecureBundle(bytes, basename(path), rules);
}

/** Checks the bytes of a secure connect bundle. The name is for errors. */
export function parseSecureBundle(bytes: Buffer, name: string, rules: BundleRules): SecureBundle {
  let files: ReadonlyMap<string, Buffer>;
  try {
    files = readArchive(bytes);
  } catch (thrown) {
    if (!(thrown instanceof ArchiveRefusal)) throw thrown;
    throw problem('DM_CASSANDRA_BUNDLE_INVALID', name, thrown.message);
  }
  const file = (entry: string): Buffer => {
    const content = files.get(entry);
    if (content === undefined) throw problem('DM_CASSANDRA_BUNDLE_INVALID', name, `lacks ${entry}`);
    return content;
  };
  const pem = (entry: string): Buffer => {
    const content = file(entry);
    if (!content.includes('-----BEGIN '))
      throw problem('DM_CASSANDRA_BUNDLE_INVALID', name, `has a file ${entry} that is not PEM`);
    return content;
  };
  const { host, port } = parseConfiguration(file('config.json'), name);
  requireVendorHost(host, name, rules);
  return { host, port, certificateAuthority: pem('ca.crt'), certificate: pem('cert'), key: pem('key') };
}

function parseConfiguration(content: Buffer, name: string): { readonly host: string; readonly port: number } {
  let configuration: unknown;
  try {
    configuration = JSON.parse(content.toString('utf8'));
  } catch {
    throw problem('DM_CASSANDRA_BUNDLE_INVALID', name, 'has a config.json that is not JSON');
  }
  if (typeof configuration === 'object' && configuration !== null) {
    const { host, port } = configuration as { readonly host?: unknown; readonly port?: unknown };
    if (typeof host === 'string' && /^[A-Za-z0-9.-]{1,253}$/.test(host) && isPort(port))
      return { host, port: Number(port) };
  }
  throw problem('DM_CASSANDRA_BUNDLE_INVALID', name, 'has a config.json without host and port');
}

function isPort(port: unknown): boolean {
  return (
    (typeof port === 'number' || typeof port === 'string') &&
    /^\d{1,5}$/.test(String(port)) &&
    Number(port) > 0 &&
    Number(port) < 65_536
  );
}

/** Throws `DM_CASSANDRA_BUNDLE_HOST` where a host is not Astra's and may not be another. */
export function requireVendorHost(host: string, name: string, rules: BundleRules): void {
  if (rules.allowAnyHost) return;
  const lower = host.toLowerCase();
  if (!vendorSuffixes.some((suffix) => lower.endsWith(suffix))) {
    throw problem('DM_CASSANDRA_BUNDLE_HOST', name, `leads to ${host}, which is not a host of Astra DB`);
  }
  const { databaseId } = rules;
  if (
    databaseId !== undefined &&
    /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(databaseId) &&
    !lower.startsWith(databaseId.toLowerCase())
  ) {
    throw problem('DM_CASSANDRA_BUNDLE_HOST', name, `leads to another database than ${databaseId}`);
  }
}

function problem(code: ErrorCode, name: string, why: string): DatamigratoError {
  return new DatamigratoError({
    code,
    category: 'usage',
    message: `The secure connect bundle ${JSON.stringify(name)} ${why}`,
    nextStep:
      code === 'DM_CASSANDRA_BUNDLE_HOST'
        ? 'download the bundle again from Astra’s console; if the other host is meant, set `allowAnyBundleHost`'
        : 'download the bundle again from Astra’s console and pass it on unchanged',
    context: { file: name },
  });
}
