import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { broken, refused } from './download-error.js';
import { isPublicAddress } from './public-address.js';

/** How names become addresses and which of those are public; handed in so that tests own both. */
export interface Network {
  /** Every address of a host name. */
  resolve(host: string): Promise<readonly string[]>;
  isPublic(address: string): boolean;
  /** Certificates in PEM to trust instead of the platform's. */
  readonly certificateAuthority?: string;
}

/** The network as this machine sees it. */
export const systemNetwork: Network = {
  resolve: async (host) => (await lookup(host, { all: true, verbatim: true })).map((found) => found.address),
  isPublic: isPublicAddress,
};

/** What a user allowed by naming an address. */
export interface AddressPermission {
  /** The address that the user named. */
  readonly named: URL;
  /** Whether the named host may be private and may be asked without TLS. Never extends to a host that it redirects to. */
  readonly allowPrivate: boolean;
}

/** An address as it may be shown: scheme, host and path, without user, password and query. */
export function shownUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** The URL in a text. Throws `DM_DOWNLOAD_REFUSED` for what is none or has another scheme than https and http. */
export function downloadUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.protocol === 'https:' || url.protocol === 'http:') && url.hostname !== '') return url;
  throw refused(
    'The address to download from is no https URL',
    'give an address such as https://example.com/records.json, or the path of a file',
  );
}

/**
 * The one IP address to connect to for a URL, resolved once.
 *
 * Decides on what names resolve to and never on how they are spelled: decimal, hexadecimal and mapped forms are addresses like any other.
 * A name of which one address is private is refused altogether.
 *
 * @throws DatamigratoError `DM_DOWNLOAD_REFUSED`, or `DM_DOWNLOAD_FAILED` where the name has no address.
 */
export async function guardedAddress(url: URL, permission: AddressPermission, network: Network): Promise<string> {
  const trusted = permission.allowPrivate && url.host === permission.named.host;
  if (url.protocol !== 'https:' && !trusted) {
    throw refused(
      `${shownUrl(url)} is not https, so what it sends could be changed on the way`,
      url.host === permission.named.host ? 'use https, or allow it for this host with --allow-private' : undefined,
    );
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const addresses = isIP(host) === 0 ? await resolved(host, url, network) : [host];
  const [first] = addresses;
  if (first === undefined) throw broken(shownUrl(url), new Error('the name has no address'));
  if (!trusted && !addresses.every((address) => network.isPublic(address))) {
    throw refused(
      `${shownUrl(url)} is on this machine, a private network or no public address`,
      url.host === permission.named.host
        ? 'if you mean it, allow it with --allow-private'
        : 'name that address itself if you mean it',
    );
  }
  return first;
}

async function resolved(host: string, url: URL, network: Network): Promise<readonly string[]> {
  try {
    return await network.resolve(host);
  } catch (error) {
    throw broken(shownUrl(url), error);
  }
}
