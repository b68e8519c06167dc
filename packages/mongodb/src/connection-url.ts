import { DatamigratoError, type ParsedUrl } from '@datamigrato/core';
import { MongoClient } from 'mongodb';

/**
 * Splits what this project adds off a connection string: `mongodb://host/database#collection`.
 *
 * The rest goes to the driver as it is. A `#` has no meaning in the driver's own connection strings (in a password it must stand as `%23`).
 */
export function parseConnectionUrl(url: string): ParsedUrl {
  const mark = url.indexOf('#', afterHosts(url));
  if (mark === -1) return { options: { clientUrl: url } };
  const clientUrl = url.slice(0, mark);
  const entity = decoded(url.slice(mark + 1));
  if (entity === '') return { options: { clientUrl } };
  return { options: { clientUrl }, entity };
}

/** What a connection string says, besides secrets. */
export interface ConnectionFacts {
  /** Scheme and hosts, such as `mongodb://a:27017,b:27017`. */
  readonly address: string;
  /** The database in the path. */
  readonly databaseName: string | undefined;
  /** Whether it switches the verification of the server's certificate or name off. */
  readonly unverified: boolean;
}

/** Asks the driver what a connection string says. Connects to nothing. */
export function connectionFacts(url: string): ConnectionFacts {
  const databaseName = databaseIn(url);
  let client: MongoClient;
  try {
    client = new MongoClient(url);
  } catch (error) {
    // The driver's own error is not kept as a cause: it may hold the connection string, and so the password.
    throw invalidUrl(reasonWithoutSecrets(error));
  }
  return { ...clientFacts(client), databaseName };
}

/** What a client that the user made was told, besides secrets. */
export function clientFacts(client: MongoClient): Omit<ConnectionFacts, 'databaseName'> {
  const { hosts, srvHost, rejectUnauthorized, checkServerIdentity, tls } = client.options;
  const address =
    srvHost === undefined ? `mongodb://${hosts.map((host) => host.toString()).join(',')}` : `mongodb+srv://${srvHost}`;
  return { address, unverified: tls && (rejectUnauthorized === false || checkServerIdentity !== undefined) };
}

/** The error for a connection string that cannot be used. */
function invalidUrl(reason: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_MONGODB_URL',
    category: 'usage',
    message: `The connection string of MongoDB cannot be used: ${reason}`,
    nextStep:
      'write it as `mongodb://user:password@host:27017/database?options`, with special characters of user and password percent-encoded',
  });
}

function databaseIn(url: string): string | undefined {
  const start = afterHosts(url);
  if (url[start] !== '/') return undefined;
  const query = url.indexOf('?', start);
  const path = decoded(url.slice(start + 1, query === -1 ? undefined : query));
  if (path.includes('/')) {
    throw invalidUrl(
      'its path names more than a database; a collection is named after `#`, as in `mongodb://host/database#collection`',
    );
  }
  return path === '' ? undefined : path;
}

/** The offset of what follows scheme, credentials and hosts, by the rules of the driver: a password ends at the first `@`. */
function afterHosts(url: string): number {
  const scheme = url.indexOf('://');
  if (scheme === -1) throw invalidUrl('it has no scheme');
  const at = url.indexOf('@', scheme + 3);
  const rest = /[/?#]/g;
  rest.lastIndex = at === -1 ? scheme + 3 : at + 1;
  return rest.exec(url)?.index ?? url.length;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidUrl('it has a `%` that no two hexadecimal digits follow');
  }
}

/** The driver's reasons that hold no part of the connection string but names of its options. */
const harmlessReasons = [
  /^Invalid scheme, expected connection string to start with "mongodb:\/\/" or "mongodb\+srv:\/\/"$/,
  /^Password contains unescaped characters$/,
  /^Username contains unescaped characters$/,
  /^Protocol and host list are required in connection string$/,
  /^URI must include hostname, domain name, and tld$/,
  /^mongodb\+srv URI cannot have (?:multiple service names|port number)$/,
  /^options? [\w, ]+ (?:is|are) not supported$/,
  /^URI option "\w+" cannot (?:appear more than once in the connection string|be specified with no value)$/,
  /^The '?\w+'? option cannot be used with the '?\w+'? option\.?$/i,
  /^directConnection option requires exactly one host$/,
];

function reasonWithoutSecrets(error: unknown): string {
  const text = error instanceof Error ? error.message : '';
  return harmlessReasons.some((reason) => reason.test(text))
    ? text.replace(/\.$/, '')
    : 'the driver does not understand it';
}
