import type { DatamigratoError, EntityName, WriteOptions, WriteResult } from '@datamigrato/core';
import { type Document, MongoServerError, MongoWriteConcernError } from 'mongodb';
import { type DocumentTraits, type ElementPlace, traitsOf } from './bson/element.js';
import { malformed } from './bson/record-fault.js';
import type { MongodbClient } from './client.js';
import { DocumentSequence } from './document-sequence.js';
import { codeOf, isBrokenConnection, translateError } from './errors.js';
import { StoredId } from './id-position.js';
import { connectionClosedOn, emptyTimestampRefused, refusalError } from './record-refusal.js';
import { rawRequest } from './request.js';
import { Scan } from './scan.js';
import { pushUpsert } from './update-statement.js';
import { WriteOutcome, type WriteRefusal, writeAnswer } from './write-outcome.js';

/** Most bytes of documents in one command; servers take messages of 48,000,000 bytes. */
const commandBytes = 32 << 20;

/** Code of the error for a command with a field that the server does not know. */
const unknownField = 40415;

/** One record on its way to the server. */
interface Item {
  /** In the array that `writeBatch` was given. */
  readonly index: number;
  readonly document: Uint8Array;
  readonly id: ElementPlace;
  readonly traits: DocumentTraits;
}

/** What came before a command. */
interface Attempts {
  /** Whether an earlier attempt may have been applied. */
  readonly repeated: boolean;
  /** How many with this document and no other have failed. */
  readonly alone: number;
}

const firstAttempt: Attempts = { repeated: false, alone: 0 };

/** A document with no other beside it is to blame once so many attempts failed: a wire that loses one reply in five does that to one in three thousand. */
const attemptsAlone = 5;

/** Of so many documents one that is there already makes inserting first cost more than it saves. */
const toleratedShare = 20;

/** After so many batches in a row that were upserted and all new, inserting first is worth another attempt. */
const newBatchesInARow = 3;

/**
 * Writes batches of documents to one collection, unordered, acknowledged by a majority.
 *
 * To replace, it inserts, and replaces what the server refuses: for a document that is not there yet, an `insert` costs a server and this process about half of an upsert.
 * Once a batch meets more than a few that are there, it goes on with upserts alone, until some batches were all new.
 * Behind a router it never inserts first: where a collection is spread by other fields than `_id`, each of its servers knows its own ids alone, and an insert could give an id a second document.
 */
export class BatchWriter {
  readonly #client: MongodbClient;
  readonly #entity: EntityName;
  readonly #where: string;
  #insertsFirst: boolean;
  #newBatches = 0;

  constructor(client: MongodbClient, entity: EntityName) {
    this.#client = client;
    this.#entity = entity;
    this.#where = `${client.where}, collection ${entity}`;
    this.#insertsFirst = !client.routed;
  }

  /** Writes all records that can be written; each other one is a failure of its own. */
  async write(records: readonly Uint8Array[], call: WriteOptions): Promise<WriteResult> {
    const outcome = new WriteOutcome();
    const ordinary: Item[] = [];
    const emptyTimestamps: Item[] = [];
    for (const [index, document] of records.entries()) {
      const traits = traitsOf(document);
      if (traits.id === undefined) outcome.failures.push({ index, error: malformed('no readable `_id`', 0) });
      else (traits.emptyTimestamp ? emptyTimestamps : ordinary).push({ index, document, id: traits.id, traits });
    }
    const insertsFirst = call.mode === 'replace' && this.#insertsFirst;
    const { left, repeated } = insertsFirst
      ? await this.#insertNew(ordinary, call)
      : { left: ordinary, repeated: false };
    for (const items of piecesOf(left)) await this.#send(items, call, outcome, {}, { repeated, alone: 0 });
    for (const items of piecesOf(emptyTimestamps)) await this.#sendEmptyTimestamps(items, call, outcome);
    if (call.mode === 'replace' && !insertsFirst) this.#sawUpserts(outcome.upserted === records.length);
    // What every single record meets is not the fault of the records.
    if (outcome.wholesale !== undefined && records.length > 1 && outcome.failures.length === records.length) {
      throw translateError(outcome.wholesale, this.#where);
    }
    outcome.failures.sort((left, right) => left.index - right.index);
    return { failures: outcome.failures, unchanged: outcome.unchanged };
  }

  /** Inserts those that are new, and returns the others: what is refused here for any reason gets its verdict as an upsert. `repeated` where some of them may have been inserted all the same. */
  async #insertNew(
    items: readonly Item[],
    call: WriteOptions,
  ): Promise<{ readonly left: readonly Item[]; readonly repeated: boolean }> {
    const left: Item[] = [];
    let repeated = false;
    for (const piece of piecesOf(items)) {
      try {
        const command = { ...this.#insert(piece), ordered: false, writeConcern: { w: 'majority' } };
        const { errors } = writeAnswer(await this.#run(command, call));
        for (const { index } of errors) left.push(piece[index] as Item);
      } catch (error) {
        if (call.signal.aborted) throw call.signal.reason;
        if (!(isBrokenConnection(error) || isRefusedAsWhole(error))) throw translateError(error, this.#where);
        repeated = true;
        left.push(...piece);
      }
    }
    if (left.length * toleratedShare > items.length) {
      this.#insertsFirst = false;
      this.#newBatches = 0;
    }
    return { left, repeated };
  }

  /** Counts the batches in a row that were all new. */
  #sawUpserts(allNew: boolean): void {
    this.#newBatches = allNew ? this.#newBatches + 1 : 0;
    if (this.#newBatches >= newBatchesInARow) this.#insertsFirst = !this.#client.routed;
  }

  /** Sends records that the server would change on the way unless it is told not to. */
  async #sendEmptyTimestamps(items: readonly Item[], call: WriteOptions, outcome: WriteOutcome): Promise<void> {
    try {
      await this.#send(items, call, outcome, { bypassEmptyTsReplacement: true }, firstAttempt);
    } catch (error) {
      if (codeOf(error) !== unknownField) throw error;
      for (const item of items) outcome.failures.push({ index: item.index, error: emptyTimestampRefused(this.#where) });
    }
  }

  /**
   * Sends one command. Where the connection breaks although the server is there, one document may be what breaks it: then each half is sent by itself, down to that document,
   * which is to blame once it has failed five times with no other beside it.
   */
  async #send(
    items: readonly Item[],
    call: WriteOptions,
    outcome: WriteOutcome,
    extra: Document,
    before: Attempts,
  ): Promise<void> {
    try {
      await this.#command(items, call, outcome, extra, before.repeated);
      return;
    } catch (error) {
      if (call.signal.aborted) throw call.signal.reason;
      if (codeOf(error) === unknownField && Object.keys(extra).length > 0) throw error;
      if (!(isBrokenConnection(error) || isRefusedAsWhole(error))) throw translateError(error, this.#where);
      if (isBrokenConnection(error) && !(await this.#answers(call))) throw translateError(error, this.#where);
      if (items.length === 1) {
        const alone = before.alone + 1;
        if (alone < attemptsAlone) return await this.#send(items, call, outcome, extra, { repeated: true, alone });
        const only = items[0] as Item;
        outcome.wholesale = error;
        outcome.failures.push({ index: only.index, error: this.#failureOf(error) });
        return;
      }
    }
    const half = items.length >> 1;
    await this.#send(items.slice(0, half), call, outcome, extra, { repeated: true, alone: 0 });
    await this.#send(items.slice(half), call, outcome, extra, { repeated: true, alone: 0 });
  }

  #failureOf(error: unknown): DatamigratoError {
    if (!(error instanceof MongoServerError)) return connectionClosedOn(this.#where);
    const codeName: unknown = error['codeName'];
    const refusal = {
      index: 0,
      code: codeOf(error),
      codeName: typeof codeName === 'string' ? codeName : undefined,
      duplicate: undefined,
    };
    return refusalError(refusal, 'other', this.#where);
  }

  async #answers(call: WriteOptions): Promise<boolean> {
    try {
      await rawRequest(call, this.#where, (signal) => this.#client.database.command({ ping: 1 }, { signal }));
      return true;
    } catch (error) {
      if (call.signal.aborted) throw call.signal.reason;
      return translateError(error, this.#where).category !== 'transient';
    }
  }

  async #command(
    items: readonly Item[],
    call: WriteOptions,
    outcome: WriteOutcome,
    extra: Document,
    repeated: boolean,
  ): Promise<void> {
    const body = call.mode === 'replace' ? this.#update(items) : this.#insert(items);
    const command = { ...body, ordered: false, ...extra, writeConcern: { w: 'majority' } };
    const answer = writeAnswer(await this.#run(command, call));
    for (const refusal of answer.errors) {
      const item = items[refusal.index];
      if (item === undefined) continue;
      await this.#refused(item, refusal, call, outcome, repeated);
    }
    outcome.upserted += answer.upserted;
    if (call.mode === 'replace' && answer.modified !== undefined) {
      const unchanged = answer.n - answer.upserted - answer.modified;
      outcome.unchanged += Math.max(0, Math.min(items.length - answer.errors.length, unchanged));
    }
  }

  async #run(command: Document, call: WriteOptions): Promise<Document> {
    try {
      return await rawRequest(call, this.#where, (signal) => this.#client.database.command(command, { signal }));
    } catch (error) {
      // Refused records are known by name even where the acknowledgement as a whole is late.
      if (error instanceof MongoWriteConcernError) throw translateError(error, this.#where);
      throw error;
    }
  }

  async #refused(
    item: Item,
    refusal: WriteRefusal,
    call: WriteOptions,
    outcome: WriteOutcome,
    repeated: boolean,
  ): Promise<void> {
    if (refusal.duplicate === 'id' && call.mode === 'skip') {
      outcome.unchanged += 1;
      return;
    }
    // After an attempt of unknown fate the record that is in the way may be this one.
    if (refusal.duplicate === 'id' && repeated && (await this.#holds(item, call))) return;
    const mode = call.mode === 'create' ? 'create' : 'other';
    outcome.failures.push({ index: item.index, error: refusalError(refusal, mode, this.#where) });
  }

  /** Whether the collection holds exactly this document. */
  async #holds(item: Item, call: WriteOptions): Promise<boolean> {
    const id = StoredId.of(item.document)?.driverValue();
    if (id === undefined) return false;
    const find = { find: this.#entity, filter: { _id: { $eq: id } }, limit: 1 };
    const scan = new Scan(this.#client, find, call, this.#where);
    try {
      const found = (await scan.next())?.[0];
      return found !== undefined && Buffer.compare(found, item.document) === 0;
    } finally {
      await scan.close();
    }
  }

  #update(items: readonly Item[]): Document {
    const updates = new DocumentSequence('updates');
    for (const { document, id, traits } of items) pushUpsert(updates, document, id, traits.dollarField);
    return { update: this.#entity, updates: updates.argument() };
  }

  #insert(items: readonly Item[]): Document {
    const documents = new DocumentSequence('documents');
    for (const { document } of items) documents.push(document);
    return { insert: this.#entity, documents: documents.argument() };
  }
}

/** Codes of command errors that one document of the command can cause; https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml */
const documentCodes = new Set([1, 2, 8, 9, 14, 15, 22, 52, 53, 55, 56, 57, 10334, 17280, 17419, 17420]);

/** Whether the server refused a whole command for what one of its documents may have caused. */
function isRefusedAsWhole(error: unknown): boolean {
  if (!(error instanceof MongoServerError)) return false;
  const code = codeOf(error);
  return code === undefined || documentCodes.has(code);
}

/** Cuts a batch where one command could not hold all of it. */
function* piecesOf(items: readonly Item[]): Generator<readonly Item[]> {
  let start = 0;
  while (start < items.length) {
    let bytes = 0;
    let end = start;
    while (end < items.length && (end === start || bytes + (items[end] as Item).document.length <= commandBytes)) {
      bytes += (items[end] as Item).document.length;
      end += 1;
    }
    yield start === 0 && end === items.length ? items : items.slice(start, end);
    start = end;
  }
}
