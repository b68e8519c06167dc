import { askedAhead, isDatamigratoError, type Partition, type ReadOptions, type RecordBatch } from '@datamigrato/core';
import type { MongodbClient } from './client.js';
import { isBrokenConnection, isLostCursor, translateError } from './errors.js';
import { findById } from './find-command.js';
import { type Position, positionFromJson, positionToJson, StoredId } from './id-position.js';
import { conditionsOf, type PartitionRange, rangeFromJson } from './partition-range.js';
import { Scan } from './scan.js';
import { findFilters } from './source-filter.js';

/** How often in a row a reading is opened anew without a single document in between. */
const fruitlessAttempts = 2;

/**
 * The documents of a partition in the order of `_id`, as bytes.
 *
 * One cursor is held on the server. Where it dies (30 minutes of a session, a killed cursor, a broken connection), a new one goes on after the last `_id`; nothing relies on cursors that live long.
 * A position whose `_id` the driver cannot send (a pointer, a date whose milliseconds no double is) means reading the range from its start: records come again, none is lost.
 */
export async function* readPartition(
  client: MongodbClient,
  partition: Partition,
  call: ReadOptions,
): AsyncGenerator<RecordBatch<Uint8Array>> {
  const where = `${client.where}, reading ${partition.entity}`;
  const reading = new Reading(client, partition, call, where);
  let fruitless = 0;
  for (;;) {
    try {
      for await (const batch of reading.batches()) {
        fruitless = 0;
        yield batch;
      }
      return;
    } catch (error) {
      if (call.signal.aborted) throw call.signal.reason;
      if (reading.rareTypes && isUnknownType(translateError(error, where))) {
        reading.rareTypes = false;
        continue;
      }
      fruitless += 1;
      if (fruitless > fruitlessAttempts || !(isLostCursor(error) || isBrokenConnection(error))) {
        throw translateError(error, where);
      }
    }
  }
}

function isUnknownType(error: unknown): boolean {
  return isDatamigratoError(error) && error.code === 'DM_MONGODB_REFUSED';
}

/** How far a partition was read. */
class Reading {
  /** Whether the server is asked for the types that it may not know. */
  rareTypes = true;
  readonly #client: MongodbClient;
  readonly #entity: string;
  readonly #range: PartitionRange;
  readonly #call: ReadOptions;
  readonly #where: string;
  #position: Position;

  constructor(client: MongodbClient, partition: Partition, call: ReadOptions, where: string) {
    this.#client = client;
    this.#entity = partition.entity;
    this.#range = rangeFromJson(partition.range);
    this.#call = call;
    this.#where = where;
    this.#position = call.after === undefined ? { skip: 0 } : positionFromJson(call.after);
  }

  /** What is left, from the last position on. Failures of the driver are thrown as they are. */
  async *batches(): AsyncGenerator<RecordBatch<Uint8Array>> {
    const position = this.#position;
    const after = 'after' in position ? position.after : undefined;
    for (const condition of conditionsOf(this.#range, after, this.rareTypes)) {
      const find = findById(this.#client, {
        entity: this.#entity,
        condition,
        filters: findFilters(this.#call.filter ?? []),
        collated: this.#range.collated,
        indexed: this.#range.kind !== 'everything',
        batchSize: Math.max(1, Math.min(this.#call.batchRecords, 1000)),
        skip: 'skip' in position ? position.skip : 0,
      });
      yield* this.#scan(new Scan(this.#client, find, this.#call, this.#where));
    }
  }

  /** Asks for the next reply before the last one is used, so that the server works meanwhile. */
  async *#scan(scan: Scan): AsyncGenerator<RecordBatch<Uint8Array>> {
    let pending = scan.next();
    try {
      for (;;) {
        const documents = await pending;
        if (documents === undefined) return;
        pending = askedAhead(scan.next());
        for (const batch of this.#cut(documents)) {
          this.#call.signal.throwIfAborted();
          yield batch;
        }
      }
    } finally {
      await Promise.allSettled([pending]);
      await scan.close();
    }
  }

  *#cut(documents: readonly Uint8Array[]): Generator<RecordBatch<Uint8Array>> {
    const { batchRecords, batchBytes } = this.#call;
    let start = 0;
    while (start < documents.length) {
      let bytes = (documents[start] as Uint8Array).byteLength;
      let end = start + 1;
      while (end < documents.length && end - start < batchRecords) {
        const size = (documents[end] as Uint8Array).byteLength;
        if (bytes + size > batchBytes) break;
        bytes += size;
        end += 1;
      }
      const records = start === 0 && end === documents.length ? documents : documents.slice(start, end);
      this.#advance(records);
      yield { records, position: positionToJson(this.#position), bytes };
      start = end;
    }
  }

  #advance(records: readonly Uint8Array[]): void {
    if (this.#range.kind === 'everything') {
      const read = 'skip' in this.#position ? this.#position.skip : 0;
      this.#position = { skip: read + records.length };
      return;
    }
    for (let index = records.length - 1; index >= 0; index -= 1) {
      const id = StoredId.of(records[index] as Uint8Array);
      if (id !== undefined) {
        this.#position = { after: id };
        return;
      }
    }
  }
}
