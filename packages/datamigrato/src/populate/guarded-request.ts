import { type IncomingMessage, request as plainRequest, type RequestOptions } from 'node:http';
import { request as secureRequest } from 'node:https';
import { isIPv6, type LookupFunction, type Socket } from 'node:net';
import { broken, tooSlow } from './download-error.js';
import { type Network, shownUrl } from './guarded-address.js';

/** Milliseconds that a download may wait for what. */
export interface DownloadTimes {
  /** Until TCP and TLS stand. */
  readonly connect: number;
  /** Until the answer's head is complete, and between two pieces of its body. */
  readonly idle: number;
  /** For everything together, redirects too. */
  readonly total: number;
}

/** One request, to an address that has been checked. */
export interface PinnedRequest {
  readonly url: URL;
  /** The IP address to connect to, whatever the name would resolve to by now. */
  readonly address: string;
  /** `user:password` for this host, or undefined. */
  readonly credentials: string | undefined;
  readonly network: Network;
  readonly times: DownloadTimes;
  readonly signal: AbortSignal;
}

/**
 * Sends a GET and resolves with the head of the answer, its body still to be read.
 *
 * The body fails with `DM_DOWNLOAD_TIMEOUT` where nothing comes for the idle time.
 */
export function pinnedRequest(pinned: PinnedRequest): Promise<IncomingMessage> {
  const { url, address, network, times, signal } = pinned;
  const where = shownUrl(url);
  const isSecure = url.protocol === 'https:';
  const lookup: LookupFunction = (_host, options, callback) => {
    const family = isIPv6(address) ? 6 : 4;
    if (options.all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
  const options: RequestOptions & { readonly ca?: string; readonly rejectUnauthorized: true } = {
    method: 'GET',
    agent: false,
    lookup,
    signal,
    rejectUnauthorized: true,
    headers: {
      accept: 'application/json, */*;q=0.5',
      'accept-encoding': 'gzip, deflate, br',
      'user-agent': 'datamigrato',
    },
    ...(pinned.credentials !== undefined && { auth: pinned.credentials }),
    ...(network.certificateAuthority !== undefined && { ca: network.certificateAuthority }),
  };
  return new Promise((resolve, reject) => {
    const target = new URL(url);
    target.username = '';
    target.password = '';
    target.hash = '';
    const request = (isSecure ? secureRequest : plainRequest)(target, options);
    let timer = setTimeout(
      () => request.destroy(tooSlow(where, 'did not accept a connection', times.connect)),
      times.connect,
    );
    const connected = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => request.destroy(tooSlow(where, 'did not begin to answer', times.idle)), times.idle);
    };
    request.once('socket', (socket: Socket) => socket.once(isSecure ? 'secureConnect' : 'connect', connected));
    request.once('close', () => clearTimeout(timer));
    request.once('error', (error) => {
      clearTimeout(timer);
      reject(signal.aborted ? signal.reason : 'category' in error ? error : broken(where, error));
    });
    request.once('response', (response) => {
      clearTimeout(timer);
      response.setTimeout(times.idle, () => response.destroy(tooSlow(where, 'sent nothing more', times.idle)));
      resolve(response);
    });
    request.end();
  });
}
