import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { refusals } from '../request-refusal.js';

/** The bytes of a request's body. Throws `write_too_big` beyond `maximum`, after the body has been read to its end. */
export async function readBody(request: IncomingMessage, maximum: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!(chunk instanceof Buffer)) continue;
    length += chunk.length;
    if (length <= maximum) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (length > maximum) throw refusals.writeTooBig();
  return Buffer.concat(chunks, length);
}

/** The JSON data of a body. Throws where there is none. */
export function parseBody(body: Buffer): unknown {
  if (body.length === 0) throw refusals.noData();
  if (!isUtf8(body)) throw refusals.unparsable();
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw error instanceof SyntaxError ? refusals.unparsable() : error;
  }
}
