import type { CallOptions } from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import { translateError } from './errors.js';
import type { Streaming } from './stub.js';

/**
 * All messages of an answer of a few.
 *
 * @throws DatamigratoError for what the service or the driver refuses; the signal's reason once it is aborted.
 */
export async function wholeAnswer<Request, Message>(
  database: FirestoreDatabase,
  method: Streaming<Request, Message>,
  request: Request,
  call: CallOptions,
  where: string,
): Promise<readonly Message[]> {
  const found: Message[] = [];
  const stream = database.stream(method, request, call, where);
  try {
    for (let messages = await stream.next(); messages !== undefined; messages = await stream.next())
      found.push(...messages);
    return found;
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason;
    throw translateError(error, where);
  } finally {
    stream.close();
  }
}
