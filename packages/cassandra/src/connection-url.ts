import { DatamigratoError, type ParsedUrl } from '@datamigrato/core';

/** Parameters of a connection string that belong into the option `tls`. */
const tlsParameters: ReadonlySet<string> = new Set(['certificateAuthorityFile', 'certificateFile', 'keyFile']);

/**
 * Raw options from a connection string:
 *
 * - `cassandra://user:password@host1:9042,host2:9042/keyspace/table?localDataCenter=dc1&tls=true`
 * - `astra://database-id/keyspace/table?bundle=./secure-connect-shop.zip&token=./shop-token.json`
 *
 * User, password, keyspace and table are percent-decoded; the table may be left out. Every other option may be a parameter, by its name.
 *
 * @throws DatamigratoError `DM_URL_INVALID`, which never shows the string, since it may hold a password.
 */
export function parseConnectionUrl(url: string): ParsedUrl {
  const match = /^(cassandra|astra):\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(url);
  if (match === null) throw invalid('it has no such form');
  const [, scheme, authority = '', path = '', query = ''] = match;
  const options: Record<string, unknown> = scheme === 'astra' ? astraAuthority(authority) : hostsAuthority(authority);
  const [keyspace = '', table = '', ...more] = path.split('/');
  if (more.length > 0) throw invalid('its path has more than a keyspace and a table');
  if (keyspace !== '') options['keyspaceName'] = decoded(keyspace);
  addParameters(options, query, scheme === 'astra');
  return table === '' ? { options } : { options, entity: decoded(table) };
}

function astraAuthority(authority: string): Record<string, unknown> {
  if (!/^[A-Za-z0-9._-]+$/.test(authority)) throw invalid('it names no database');
  return { databaseId: authority };
}

function hostsAuthority(authority: string): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  const at = authority.lastIndexOf('@');
  if (at >= 0) {
    const user = authority.slice(0, at);
    const colon = user.indexOf(':');
    if (colon < 0) throw invalid('it has a user without a password');
    options['username'] = decoded(user.slice(0, colon));
    options['password'] = decoded(user.slice(colon + 1));
  }
  const ports = new Set<string>();
  const contactPoints = authority
    .slice(at + 1)
    .split(',')
    .map((host) => {
      const parts = /^(\[[0-9A-Fa-f:.]+\]|[^\s:[\]@]+)(?::(\d{1,5}))?$/.exec(host);
      if (parts?.[1] === undefined)
        throw invalid('it names no host, or one in a form that is not `host` or `host:port`');
      if (parts[2] !== undefined) ports.add(parts[2]);
      return parts[1].replace(/^\[|\]$/g, '');
    });
  if (ports.size > 1) throw invalid('its hosts have different ports, but every node of a cluster listens on the same');
  const [port] = ports;
  return { ...options, contactPoints, ...(port !== undefined && { port: Number(port) }) };
}

function addParameters(options: Record<string, unknown>, query: string, astra: boolean): void {
  const tls: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const option = astra && name === 'bundle' ? 'secureBundle' : name;
    if (tlsParameters.has(option)) tls[option] = value;
    else if (option in options) throw invalid(`it says ${JSON.stringify(name)} twice`);
    else options[option] = value;
  }
  if (Object.keys(tls).length > 0) options['tls'] = tls;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('it has a percent sign that begins no percent-encoded character');
  }
}

function invalid(why: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_URL_INVALID',
    category: 'usage',
    message: `The connection string is not usable: ${why}`,
    nextStep:
      'write it as cassandra://user:password@host1:9042,host2:9042/keyspace?localDataCenter=dc1, with special characters percent-encoded',
  });
}
