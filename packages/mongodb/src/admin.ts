import {
  type Admin,
  type CallOptions,
  type CountOptions,
  type EntityName,
  isDatamigratoError,
  type RecordCount,
  type RecordKey,
  type WriteFailure,
  type WriteResult,
} from '@datamigrato/core';
import { idPlace } from './bson/element.js';
import { DocumentWriter } from './bson/write-document.js';
import type { MongodbClient } from './client.js';
import { findCollection } from './collection.js';
import { DocumentSequence } from './document-sequence.js';
import { refusalError } from './record-refusal.js';
import { request } from './request.js';
import { pushDelete } from './update-statement.js';
import { writeAnswer } from './write-outcome.js';

/** Most keys in one `delete` command. */
const keysAtOnce = 1000;

const majority = { w: 'majority' } as const;

/** What changes or counts a MongoDB database besides copying. */
export function createAdmin(client: MongodbClient): Admin {
  return {
    countRecords: (entity, call) => countRecords(client, entity, call),
    deleteRecords: (schema, keys, call) =>
      keys === 'all' ? deleteAll(client, schema.entity, call) : deleteByKey(client, schema.entity, keys, call),
    dropEntity: (entity, call) => dropEntity(client, entity, call),
    async dropDatabase(call) {
      await request(call, `${client.where}, dropping the database`, (signal) =>
        client.database.command({ dropDatabase: 1, writeConcern: majority }, { signal }),
      );
    },
  };
}

/** Counts one by one; where an estimate will do, or that takes longer than the deadline, answers with the collection's own number, which may be off after a crash or in a sharded cluster. */
async function countRecords(client: MongodbClient, entity: EntityName, call: CountOptions): Promise<RecordCount> {
  const where = `${client.where}, counting ${entity}`;
  if (call.estimate === true) return await ownCount(client, entity, call, where);
  const pipeline = [{ $group: { _id: 1, n: { $sum: 1 } } }];
  try {
    const answer = await request(call, where, (signal) =>
      client.database.command({ aggregate: entity, pipeline, cursor: {} }, { signal }),
    );
    const value = Number(answer['cursor']?.firstBatch?.[0]?.n ?? 0);
    return { value, exact: true };
  } catch (error) {
    if (!isDatamigratoError(error) || error.code !== 'DM_DEADLINE_EXCEEDED') throw error;
    return await ownCount(client, entity, call, where);
  }
}

async function ownCount(
  client: MongodbClient,
  entity: EntityName,
  call: CallOptions,
  where: string,
): Promise<RecordCount> {
  const answer = await request(call, where, (signal) => client.database.command({ count: entity }, { signal }));
  return { value: Number(answer['n']), exact: false };
}

async function deleteAll(client: MongodbClient, entity: EntityName, call: CallOptions): Promise<WriteResult> {
  const command = { delete: entity, deletes: [{ q: {}, limit: 0 }], writeConcern: majority };
  await request(call, `${client.where}, emptying ${entity}`, (signal) => client.database.command(command, { signal }));
  return { failures: [], unchanged: 0 };
}

async function deleteByKey(
  client: MongodbClient,
  entity: EntityName,
  keys: readonly RecordKey[],
  call: CallOptions,
): Promise<WriteResult> {
  const failures: WriteFailure[] = [];
  let unchanged = 0;
  for (let start = 0; start < keys.length; start += keysAtOnce) {
    const result = await deleteSome(client, entity, keys.slice(start, start + keysAtOnce), call);
    unchanged += result.unchanged;
    for (const { index, error } of result.failures) failures.push({ index: index + start, error });
  }
  return { failures, unchanged };
}

async function deleteSome(
  client: MongodbClient,
  entity: EntityName,
  keys: readonly RecordKey[],
  call: CallOptions,
): Promise<WriteResult> {
  const where = `${client.where}, deleting from ${entity}`;
  const failures: WriteFailure[] = [];
  const sent: number[] = [];
  const deletes = new DocumentSequence('deletes');
  const writer = new DocumentWriter();
  for (const [index, key] of keys.entries()) {
    try {
      const document = writer.write({ key, fields: {} });
      const place = idPlace(document);
      if (place === undefined) continue;
      pushDelete(deletes, document, place);
      sent.push(index);
    } catch (error) {
      if (!isDatamigratoError(error) || error.category !== 'record') throw error;
      failures.push({ index, error });
    }
  }
  if (sent.length === 0) return { failures, unchanged: 0 };
  const command = { delete: entity, deletes: deletes.argument(), ordered: false, writeConcern: majority };
  const answer = writeAnswer(await request(call, where, (signal) => client.database.command(command, { signal })));
  for (const refusal of answer.errors) {
    const index = sent[refusal.index];
    if (index !== undefined) failures.push({ index, error: refusalError(refusal, 'other', where) });
  }
  return { failures, unchanged: Math.max(0, sent.length - answer.errors.length - answer.n) };
}

async function dropEntity(client: MongodbClient, entity: EntityName, call: CallOptions): Promise<void> {
  if ((await findCollection(client, entity, call)) === undefined) return;
  await request(call, `${client.where}, dropping ${entity}`, (signal) =>
    client.database.command({ drop: entity, writeConcern: majority }, { signal }),
  );
}
