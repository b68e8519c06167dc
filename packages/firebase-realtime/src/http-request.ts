import { type Agent, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { CallOptions } from '@datamigrato/core';
import { answerTooLarge, connectionFailure, deadlineExceeded } from './errors.js';

/** One request over HTTP. */
export interface HttpRequest {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'DELETE';
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path and query, encoded. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Most bytes of the answer. Default: 128 MiB. */
  readonly bytesLimit?: number;
}

/** What came back. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Most bytes of one answer that are kept; the database itself allows 256 MB, and pages aim at far less. */
const defaultBytesLimit = 128 * 1024 * 1024;

/** A kept connection that its server had closed when the request was about to use it. */
const staleConnection = Symbol('stale connection');

/**
 * Sends a request and collects its answer. Ends within the deadline and as soon as the call is aborted, and then gives the connection up.
 *
 * Servers close connections that nobody used for some seconds, at times just when one is used again: what may be repeated is then sent by another one.
 *
 * @param where - For errors: the endpoint as it may be shown, and what is being done there.
 */
export async function sendRequest(
  request: HttpRequest,
  agent: Agent,
  call: CallOptions,
  where: string,
): Promise<HttpAnswer> {
  for (;;) {
    // Each stale connection is gone for good, and a new one is never stale.
    const answer = await sendOnce(request, agent, call, where);
    if (answer !== staleConnection) return answer;
  }
}

async function sendOnce(
  { method, origin, target, headers, body, bytesLimit = defaultBytesLimit }: HttpRequest,
  agent: Agent,
  call: CallOptions,
  where: string,
): Promise<HttpAnswer | typeof staleConnection> {
  call.signal.throwIfAborted();
  return await new Promise<HttpAnswer | typeof staleConnection>((resolve, reject) => {
    const send = origin.startsWith('https:') ? secureRequest : plainRequest;
    const payload = body === undefined ? undefined : Buffer.from(body);
    const length = payload === undefined ? {} : { 'Content-Length': String(payload.length) };
    const sent = send(`${origin}${target}`, { method, agent, headers: { ...headers, ...length } });
    const timer = setTimeout(() => end(deadlineExceeded(where, call.deadline)), call.deadline);
    const onAbort = (): void => end(call.signal.reason);
    const settle = (): void => {
      clearTimeout(timer);
      call.signal.removeEventListener('abort', onAbort);
    };
    const end = (reason: unknown): void => {
      settle();
      reject(reason);
      sent.destroy();
    };
    call.signal.addEventListener('abort', onAbort, { once: true });
    sent.on('error', (error) => {
      const isStale = sent.reusedSocket && 'code' in error && error.code === 'ECONNRESET';
      if (!isStale || method === 'PUT') return end(connectionFailure(error, where));
      settle();
      resolve(staleConnection);
    });
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > bytesLimit) end(answerTooLarge(where));
        else chunks.push(chunk);
      });
      response.on('error', (error) => end(connectionFailure(error, where)));
      response.on('end', () => {
        settle();
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(chunks, bytes).toString('utf8'),
          headers: response.headers,
        });
      });
    });
    sent.end(payload);
  });
}
