import type { CallOptions } from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import { translateError } from './errors.js';
import type { ProtoDocument } from './proto-value.js';
import type { RunQueryRequest } from './stub.js';
import { wholeAnswer } from './whole-answer.js';

/**
 * Milliseconds after which a stream is given up for a new one that goes on where it was. The service ends streams after 60 s,
 * and has done so as if everything had been sent.
 */
const streamLifetime = 45_000;

/** Documents that came together, with the path of the last one. */
export interface ScannedDocuments {
  readonly documents: readonly ProtoDocument[];
  readonly last: string;
}

/**
 * The documents of a query in the order of their names, as they come. No stream grows old, and the end of one that could have been cut short is looked at again.
 *
 * @param query - Makes the query that goes on after a path.
 * @param lifetime - Milliseconds after which a stream is old.
 */
export async function* scan(
  database: FirestoreDatabase,
  query: (after: string | undefined) => RunQueryRequest,
  call: CallOptions,
  where: string,
  lifetime: number = streamLifetime,
): AsyncGenerator<ScannedDocuments> {
  const prefix = database.documents.length + 1;
  let after: string | undefined;
  try {
    for (;;) {
      const opened = performance.now();
      const stream = database.stream(database.stub.runQuery, query(after), call, where);
      let found = false;
      let isOld = false;
      try {
        for (let messages = await stream.next(); messages !== undefined && !isOld; messages = await stream.next()) {
          const documents = messages.flatMap(({ document }) => (document === null ? [] : [document]));
          const last = documents.at(-1);
          if (last !== undefined) {
            found = true;
            after = last.name.slice(prefix);
            yield { documents, last: after };
          }
          // One that has found nothing yet has nothing to go on after.
          isOld = found && performance.now() - opened > lifetime;
          if (isOld) break;
        }
      } finally {
        stream.close();
      }
      const mayHaveBeenCut = found && performance.now() - opened > lifetime / 2;
      if (!isOld && !mayHaveBeenCut) return;
    }
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason;
    throw translateError(error, where);
  }
}

/** The answer to a query of a few documents. */
export async function fetchDocuments(
  database: FirestoreDatabase,
  query: RunQueryRequest,
  call: CallOptions,
  where: string,
): Promise<readonly ProtoDocument[]> {
  const messages = await wholeAnswer(database, database.stub.runQuery, query, call, where);
  return messages.flatMap(({ document }) => (document === null ? [] : [document]));
}
