import { DatamigratoError, type ParsedUrl } from '@datamigrato/core';

/** Where a database is and what part of it is meant. */
export interface DatabaseAddress {
  /** Scheme, host and port of requests. */
  readonly origin: string;
  /** The database among those of one server, where the host does not tell. */
  readonly namespace: string | undefined;
  /** Names from the root of the database to what is taken for its root here. */
  readonly base: readonly string[];
  /** The address as it may be shown, which is also a connection string. */
  readonly id: string;
}

/** Hosts of Google's; a token is sent to no other. */
const googleHost = /^[a-z0-9-]+(?:\.firebaseio\.com|\.[a-z0-9-]+\.firebasedatabase\.app)$/;

const wellKnownSuffix = '.firebaseio.com';

/**
 * The address in a reference URL, such as `https://shop.firebaseio.com` or `https://shop.europe-west1.firebasedatabase.app/apps/shop`.
 *
 * @param emulator - Host and port of an emulator, which then takes the place of the host in the URL: what stood there names the database. An `http:` URL is that of an emulator by itself.
 * @throws DatamigratoError `DM_REALTIME_URL`.
 */
export function databaseAddress(referenceUrl: string, emulator: string | undefined): DatabaseAddress {
  const url = parsed(referenceUrl);
  if (url.username !== '' || url.password !== '' || url.hash !== '') throw unusable('it holds more than host and path');
  const base = segmentsOf(url.pathname);
  if (url.protocol === 'https:' && emulator === undefined) {
    if (!googleHost.test(url.hostname) || url.port !== '' || url.search !== '')
      throw unusable('its host is none of *.firebaseio.com and *.<region>.firebasedatabase.app');
    return { origin: url.origin, namespace: undefined, base, id: `rtdb://${[url.hostname, ...base].join('/')}` };
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw unusable('it begins with neither https:// nor http://');
  const host = emulator ?? url.host;
  if (!emulatorHost.test(host)) throw unusable('the host of the emulator is not written as host:port');
  const namespace = url.searchParams.get('ns') ?? (url.protocol === 'https:' ? url.hostname.split('.')[0] : undefined);
  if (namespace === undefined || !/^[a-z0-9-]+$/.test(namespace))
    throw unusable('it names no database: add ?ns= and its name');
  const place = [namespace, ...base].join('/');
  return { origin: `http://${host}`, namespace, base, id: `rtdb://${place}?emulator=${host}` };
}

const emulatorHost = /^(?:\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::\d{1,5})?$/i;

/** Options in the parameters of a connection string. */
const parameterNames: readonly string[] = ['emulator', 'serviceAccount', 'token'];

/**
 * The options that a connection string stands for: `rtdb://<database>/<path of an entity>`, where the database is its name, or its host with a region; or the address that the Firebase console shows, with such a path.
 *
 * `?emulator=host:port`, `&serviceAccount=<file>` and `&token=` are the options of these names.
 */
export function parseConnectionUrl(text: string): ParsedUrl {
  const [, place = '', query = ''] = /^(?:rtdb|https):\/\/([^?#]*)(?:\?([^#]*))?$/i.exec(text) ?? [];
  const [database = '', ...names] = place.split('/');
  if (!/^[A-Za-z0-9.-]+$/.test(database)) throw unusable('it names no database');
  const host = database.includes('.') ? database.toLowerCase() : `${database.toLowerCase()}${wellKnownSuffix}`;
  const options: Record<string, string> = { referenceUrl: `https://${host}` };
  for (const [name, value] of new URLSearchParams(query)) {
    if (!parameterNames.includes(name))
      throw unusable(`it has the parameter ${JSON.stringify(name.slice(0, 40))}, which does not exist`);
    options[name] = value;
  }
  const entity = segmentsOf(`/${names.join('/')}`).join('/');
  return { options, ...(entity !== '' && { entity }) };
}

function parsed(text: string): URL {
  if (!URL.canParse(text)) throw unusable('it is no URL');
  return new URL(text);
}

function segmentsOf(path: string): readonly string[] {
  const names = path.split('/').slice(1);
  if (names[names.length - 1] === '') names.pop();
  return names.map((name) => {
    const plain = decoded(name);
    if (plain === '' || /[.$#[\]/\p{Cc}]/u.test(plain)) throw unusable('its path holds what no name of a node does');
    return plain;
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw error instanceof URIError ? unusable('it has a % that no two hexadecimal digits follow') : error;
  }
}

function unusable(reason: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REALTIME_URL',
    category: 'usage',
    message: `The address of the Realtime Database cannot be used: ${reason}`,
    nextStep:
      'write it as the Firebase console shows it, such as `https://shop-default-rtdb.firebaseio.com`, or as `rtdb://<database>/<path>`',
  });
}
