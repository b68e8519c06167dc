import { type FileHandle, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { type Duplex, PassThrough, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { type DatamigratoError, isDatamigratoError, type RetryPolicy, retrying } from '@datamigrato/core';
import { systemRuntime } from '../runtime.js';
import { createPrivateFile, unwritable } from '../state/private-file.js';
import { broken, busy, refused, tooLarge, tooSlow, unusable } from './download-error.js';
import { downloadUrl, guardedAddress, type Network, shownUrl, systemNetwork } from './guarded-address.js';
import { type DownloadTimes, pinnedRequest } from './guarded-request.js';

const maximumRedirects = 3;

/** Bytes that a download may have where nothing else is said: 4 GiB. */
export const defaultMaximumBytes: number = 4 * 1024 ** 3;

/** Ten seconds to connect, thirty of silence, one hour for everything. */
const defaultDownloadTimes: DownloadTimes = { connect: 10_000, idle: 30_000, total: 3_600_000 };

/** Five failures within two minutes; ten within ten minutes of a host that says when to come again. */
const downloadRetries: RetryPolicy = {
  baseDelay: 500,
  maximumDelay: 15_000,
  unavailable: { failures: 5, elapsed: 120_000 },
  throttled: { failures: 10, elapsed: 600_000 },
};

/** What to download, and what is allowed. */
export interface Download {
  readonly url: string;
  /** The file to make, private to this user. It must not be there yet. */
  readonly file: string;
  /** Whether the named host may be private or speak plain http. It may not send us on to another private one. */
  readonly allowPrivate: boolean;
  /** Most bytes, before and after decompression. */
  readonly maximumBytes: number;
  readonly signal: AbortSignal;
  readonly times?: DownloadTimes;
  /** Default: five failures within two minutes, ten within ten minutes of a host that says when to come again. */
  readonly retries?: RetryPolicy;
  readonly network?: Network;
}

/** What was downloaded. */
export interface Downloaded {
  /** Bytes in the file. */
  readonly bytes: number;
  /** Where they came from in the end, as it may be shown. */
  readonly from: string;
}

/**
 * Downloads a JSON document into a private file, from the public internet unless the user allowed more.
 *
 * Every hop is resolved once, checked, and connected to by the address that was checked; at most 3 redirects; user and password of the URL reach its own origin alone.
 * Connections that fail or break, silence, and answers 429 and 5xx are followed by another attempt from the beginning, no sooner than the host asked for. A failure leaves no file.
 *
 * @throws DatamigratoError `DM_DOWNLOAD_REFUSED`, `DM_DOWNLOAD_UNUSABLE`, `DM_DOWNLOAD_TOO_LARGE`, `DM_DOWNLOAD_TIMEOUT` at the total, `DM_ENDPOINT_UNAVAILABLE` after too many attempts, or the signal's reason.
 */
export async function download(request: Download): Promise<Downloaded> {
  const { times = defaultDownloadTimes, retries = downloadRetries } = request;
  const named = downloadUrl(request.url);
  const where = shownUrl(named);
  const total = new AbortController();
  const timer = setTimeout(() => total.abort(tooSlow(where, 'was not done', times.total)), times.total);
  const signal = AbortSignal.any([request.signal, total.signal]);
  try {
    return await retrying(async () => save(request, await follow(request, named, times, signal), signal), {
      runtime: systemRuntime,
      signal,
      where,
      idempotent: true,
      policy: retries,
    });
  } finally {
    clearTimeout(timer);
  }
}

interface Answer {
  readonly url: URL;
  readonly response: IncomingMessage;
}

async function follow(request: Download, named: URL, times: DownloadTimes, signal: AbortSignal): Promise<Answer> {
  const network = request.network ?? systemNetwork;
  const credentials = credentialsOf(named);
  let url = named;
  for (let redirects = 0; ; redirects += 1) {
    const address = await guardedAddress(url, { named, allowPrivate: request.allowPrivate }, network);
    signal.throwIfAborted();
    const response = await pinnedRequest({
      url,
      address,
      credentials: url.origin === named.origin ? credentials : undefined,
      network,
      times,
      signal,
    });
    const next = redirection(response, url);
    if (next === undefined) return { url, response };
    response.destroy();
    if (redirects === maximumRedirects)
      throw refused(
        `${shownUrl(named)} redirects more than ${maximumRedirects} times`,
        'name the address that it leads to',
      );
    url = next;
  }
}

/** `user:password` of a URL as it is sent, or undefined where it has none. */
function credentialsOf(url: URL): string | undefined {
  if (url.username === '') return undefined;
  try {
    return `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  } catch {
    throw refused('User and password of the address are not percent-encoded', 'write % as %25');
  }
}

function redirection(response: IncomingMessage, url: URL): URL | undefined {
  const { statusCode, headers } = response;
  if (statusCode === undefined || ![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined)
    return undefined;
  if (!URL.canParse(headers.location, url.href)) throw unusable(`${shownUrl(url)} redirects to what is no address`);
  return downloadUrl(new URL(headers.location, url.href).href);
}

async function save(request: Download, { url, response }: Answer, signal: AbortSignal): Promise<Downloaded> {
  const where = shownUrl(url);
  const { maximumBytes } = request;
  try {
    requireUsable(response, where, maximumBytes);
    const decompress = decompression(response, where);
    const file = await createPrivateFile(request.file);
    try {
      const received = counter(where, maximumBytes);
      const decoded = counter(where, maximumBytes);
      const sink = (pieces: AsyncIterable<Buffer>): Promise<void> => appendAll(file, pieces, request.file);
      await pipeline(response, received.stream, decompress, decoded.stream, sink, { signal });
      if (!response.complete) throw broken(where, new Error('the connection ended early'));
      return { bytes: decoded.count(), from: where };
    } catch (error) {
      await rm(request.file);
      throw error;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw isDatamigratoError(error) ? error : undecodable(error) ? damaged(where) : broken(where, error);
  } finally {
    response.destroy();
  }
}

async function appendAll(file: FileHandle, pieces: AsyncIterable<Buffer>, path: string): Promise<void> {
  for await (const piece of pieces) {
    try {
      await file.appendFile(piece);
    } catch (error) {
      throw unwritable(path, error);
    }
  }
}

/** Types under which JSON is served in practice; a missing one says nothing against it. */
const usableTypes =
  /^(?:$|application\/(?:[\w.+-]*\+)?json$|application\/(?:x-)?(?:ndjson|jsonlines|jsonl|json-seq)$|application\/(?:octet-stream|javascript)$|binary\/octet-stream$|text\/(?:json|plain|x-json|javascript)$)/;

function requireUsable(response: IncomingMessage, where: string, maximumBytes: number): void {
  const { statusCode = 0, headers } = response;
  if (statusCode === 429 || statusCode >= 500) throw busy(where, statusCode, retryAfter(headers['retry-after']));
  if (statusCode !== 200)
    throw unusable(
      `${where} answers with HTTP status ${statusCode}`,
      'check the address and whether it needs a user and password',
    );
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (!usableTypes.test(type))
    throw unusable(
      `${where} sends ${printable(type)}, not JSON`,
      'check the address; pages that show data often have another address for the data itself',
    );
  if (Number(headers['content-length'] ?? 0) > maximumBytes) throw tooLarge(where, maximumBytes);
}

/** Milliseconds that a header `Retry-After` asks for, in seconds or as a date; undefined where it says neither. */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - systemRuntime.wallClock());
}

/** Whether a decompressor met what it cannot read, rather than an end that came too soon. */
function undecodable(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^(?:Z_DATA_ERROR$|ERR_\w*ERROR_FORMAT)/.test(code);
}

function damaged(where: string): DatamigratoError {
  return unusable(`${where} sends what is not compressed as it says`);
}

function decompression(response: IncomingMessage, where: string): Duplex {
  const encoding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return new PassThrough();
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  if (encoding === 'br') return createBrotliDecompress();
  throw unusable(`${where} uses the content encoding ${printable(encoding)}, which was not asked for`);
}

function counter(where: string, maximumBytes: number): { readonly stream: Transform; count(): number } {
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maximumBytes) done(tooLarge(where, maximumBytes));
      else done(null, chunk);
    },
  });
  return { stream, count: () => bytes };
}

/** A foreign text cut short and without anything but printable ASCII. */
function printable(text: string): string {
  return `"${text.slice(0, 60).replaceAll(/[^\x20-\x7e]/g, '?')}"`;
}
