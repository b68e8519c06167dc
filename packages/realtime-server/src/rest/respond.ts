import type { ServerResponse } from 'node:http';
import type { RequestRefusal } from '../request-refusal.js';
import { prettyJson } from './pretty-json.js';

/** An answer over HTTP. */
export interface RestAnswer {
  readonly status: number;
  /** JSON text, or undefined for no body. */
  readonly body: string | undefined;
  readonly etag?: string;
}

const everyAnswer = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'ETag',
  'Cache-Control': 'no-cache',
} as const;

export function respond(response: ServerResponse, { status, body, etag }: RestAnswer): void {
  const content = body === undefined ? undefined : Buffer.from(body, 'utf8');
  response.writeHead(status, {
    ...everyAnswer,
    ...(etag === undefined ? {} : { ETag: etag }),
    ...(content === undefined
      ? {}
      : { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': content.length }),
  });
  response.end(content);
}

/** The answer that tells why a request was refused. */
export function refusalAnswer(refusal: RequestRefusal): RestAnswer {
  return { status: refusal.httpStatus, body: `${prettyJson({ error: refusal.message })}\n` };
}

export function respondToPreflight(response: ServerResponse, requestedHeaders: string | undefined): void {
  response.writeHead(200, {
    ...everyAnswer,
    'Access-Control-Allow-Methods': 'GET, PUT, POST, DELETE, PATCH, OPTIONS',
    ...(requestedHeaders === undefined ? {} : { 'Access-Control-Allow-Headers': requestedHeaders }),
    'Access-Control-Max-Age': '3600',
    'Content-Length': 0,
  });
  response.end();
}
