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

/**
 * Sends a request and collects its answer. Ends within the deadline and as soon as the call is aborted, and then gives the connection up.
 *
 * @param where - For errors: the endpoint as it may be shown, and what is being done there.
 */
export async function sendRequest(
  { method, origin, target, headers, body, bytesLimit = defaultBytesLimit }: HttpRequest,
  agent: Agent,
  call: CallOptions,
  where: string,
): Promise<HttpAnswer> {
  call.signal.throwIfAborted();
  return await new Promise<HttpAnswer>((resolve, reject) => {
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
    sent.on('error', (error) => end(connectionFailure(error, where)));
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
