import {
  type Change,
  type ChangeBatch,
  DatamigratoError,
  type EntityName,
  isDatamigratoError,
  type Json,
  type WatchOptions,
} from '@datamigrato/core';
import type { Document, RunCommandCursor } from 'mongodb';
import { positionOf, readChangeEvent, tokenOf } from './change-event.js';
import type { MongodbClient } from './client.js';
import { codeOf, translateError } from './errors.js';
import { freeCursor } from './free-cursor.js';
import { rawRequest } from './request.js';

/** Milliseconds that the server waits for something new before it answers with nothing. */
const patience = 500;

/** Codes for tokens that the server cannot go on after: FailedToParse, CappedPositionLost, InvalidResumeToken, ChangeStreamFatalError, ChangeStreamHistoryLost. */
const lost: ReadonlySet<number> = new Set([9, 136, 260, 280, 286]);

/**
 * The changes of a collection by a change stream, each with the whole document as it is by the time of asking.
 *
 * Whether the server has change streams shows when it is asked. A client that reads from other members than the primary is refused with `DM_CATCH_UP_IMPOSSIBLE`. https://www.mongodb.com/docs/manual/changeStreams/
 */
export async function* watchChanges(
  client: MongodbClient,
  entity: EntityName,
  call: WatchOptions,
): AsyncGenerator<ChangeBatch<Uint8Array>> {
  const where = `${client.where}, watching ${entity}`;
  let position = call.after;
  try {
    if (position === undefined) {
      position = await positionOfNow(client, entity, call, where);
      yield { changes: [], position };
    }
    yield* changesAfter(client, entity, position, call, where);
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason;
    throw watchingError(error, position, entity, where);
  }
}

function stream(entity: EntityName, after: Json | undefined, batchSize: number): Document {
  const options = { fullDocument: 'updateLookup', ...(after !== undefined && { resumeAfter: tokenOf(after) }) };
  return { aggregate: entity, pipeline: [{ $changeStream: options }], cursor: { batchSize } };
}

/** Opens a stream for the token that the server gives with it, and lets it go. */
async function positionOfNow(
  client: MongodbClient,
  entity: EntityName,
  call: WatchOptions,
  where: string,
): Promise<Json> {
  requirePrimary(client, entity, where);
  const answer = await rawRequest(call, where, (signal) =>
    client.database.command(stream(entity, undefined, 0), { signal }),
  );
  const cursor: Document = answer['cursor'];
  const token: unknown = cursor['postBatchResumeToken'];
  await rawRequest(call, where, (signal) =>
    client.database.command({ killCursors: entity, cursors: [cursor['id']] }, { signal }),
  );
  if (typeof token !== 'object' || token === null) throw unsupportedHere(entity, where);
  return positionOf(token);
}

async function* changesAfter(
  client: MongodbClient,
  entity: EntityName,
  after: Json,
  call: WatchOptions,
  where: string,
): AsyncGenerator<ChangeBatch<Uint8Array>> {
  const command = stream(entity, after, call.batchChanges);
  // The size in the command is that of the first batch alone.
  const cursor = client.database
    .runCursorCommand(command, { raw: true })
    .setMaxTimeMS(patience)
    .setBatchSize(call.batchChanges);
  let position = after;
  let failed = false;
  try {
    for (;;) {
      const events = await nextEvents(cursor, call, where);
      const changes: Change<Uint8Array>[] = [];
      let ends = cursor.closed && events.length === 0;
      for (const event of events.map(readChangeEvent)) {
        ends ||= event.ends;
        if (ends) break;
        if (event.change !== undefined) changes.push(event.change);
        position = event.position;
      }
      if (changes.length > 0 || !ends) yield { changes, position };
      if (ends) throw lostHistory(entity, 'the collection was dropped, renamed or replaced', where);
    }
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    await freeCursor(cursor, call, where, failed);
  }
}

/** What the server has within its patience. */
async function nextEvents(cursor: RunCommandCursor, call: WatchOptions, where: string): Promise<readonly Uint8Array[]> {
  const first: unknown = await rawRequest(call, where, () => cursor.tryNext());
  if (!(first instanceof Uint8Array)) return [];
  return [first, ...(cursor.readBufferedDocuments() as readonly Uint8Array[])];
}

function watchingError(
  thrown: unknown,
  position: Json | undefined,
  entity: EntityName,
  where: string,
): DatamigratoError {
  if (isDatamigratoError(thrown)) return thrown;
  const code = codeOf(thrown) ?? 0;
  if (position !== undefined && lost.has(code)) return lostHistory(entity, `the server says so (code ${code})`, where);
  const error = translateError(thrown, where);
  // Servers without change streams refuse the question under many codes, and nothing else is asked before there is a position.
  return position === undefined && error.code === 'DM_MONGODB_REFUSED' ? unsupportedHere(entity, where, error) : error;
}

/** A member that lags could be read as it was before the changes begin, and nothing would ever correct that. */
function requirePrimary(client: MongodbClient, entity: EntityName, where: string): void {
  const { mode } = client.client.readPreference;
  if (mode === 'primary') return;
  throw new DatamigratoError({
    code: 'DM_CATCH_UP_IMPOSSIBLE',
    category: 'usage',
    message: `${entity} cannot be caught up with while it is read by the preference \`${mode}\`, at ${where}: another member may lag behind`,
    nextStep: 'leave `readPreference` out of the connection string, or leave --catch-up out',
    context: { entity },
  });
}

function lostHistory(entity: EntityName, why: string, where: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_CHANGES_LOST',
    category: 'endpoint',
    message: `The changes of ${entity} since the position reached are not all to be had any more, ${why}, at ${where}`,
    nextStep:
      'compare and mend the copy with `datamigrato repair` while nothing writes to the source, or give the oplog more room and copy anew',
    context: { entity },
  });
}

/** `cause`: what the server said, where it said anything. */
function unsupportedHere(entity: EntityName, where: string, cause?: DatamigratoError): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_CHANGES_UNSUPPORTED',
    category: 'endpoint',
    message: `The server gives no change stream of ${entity}, at ${where}`,
    nextStep: 'let the server be a replica set, be it of one member, or copy without --catch-up while nothing writes',
    context: { entity },
    ...(cause !== undefined && { cause }),
  });
}
