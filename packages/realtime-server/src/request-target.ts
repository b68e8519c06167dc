import type { IncomingMessage } from 'node:http';

/** What a request asks for, as it was sent: nothing is decoded or put in order. */
export interface RequestTarget {
  /** `/a/b.json` */
  readonly pathname: string;
  readonly parameters: URLSearchParams;
  /** The host and port by which the client reached the server; empty where it did not say. */
  readonly host: string;
}

/** Reads the target of any request, however odd; `new URL` would refuse some and see hosts in others. */
export function requestTarget({ url = '/', headers }: IncomingMessage): RequestTarget {
  const [pathname = '', ...rest] = url.replace(/^https?:\/\/[^/?#]*/i, '').split('?');
  return { pathname, parameters: new URLSearchParams(rest.join('?')), host: headers.host ?? '' };
}
