import {
  type CallOptions,
  concurrently,
  type DatamigratoError,
  type EntityName,
  isDatamigratoError,
  recordExists,
  valuesEqual,
  type WriteFailure,
  type WriteOptions,
  type WriteResult,
} from '@datamigrato/core';
import { emptyTag, type Place, type RealtimeClient } from './client.js';
import type { RealtimeRecord } from './codec.js';
import { decodeRecord } from './decode-node.js';
import { type EntityPath, entityPathOf, namesBelowRoot } from './entity-path.js';
import type { Node } from './node.js';
import { keyUnusable, recordRefused, recordTooLarge, tooDeep } from './record-fault.js';

/** Names from the root of a database to a leaf: https://firebase.google.com/docs/database/usage/limits */
const levelsLimit = 32;

/** Writes of single records that are under way at once where each has a condition of its own. */
const conditionalWrites = 8;

/** So many records alone in a row may be refused before all of them are taken to be. */
const refusedInARow = 20;

/** One record on its way to the server. */
interface Item {
  /** In the array that `writeBatch` was given. */
  readonly index: number;
  /** Names from the entity's root to the record's node. */
  readonly names: readonly string[];
  readonly text: string;
}

/** The fate of a batch. */
interface Outcome {
  readonly failures: WriteFailure[];
  unchanged: number;
  /** Records refused one by one while none was taken. */
  refused: number;
  taken: boolean;
}

/**
 * Writes batches of records to one entity.
 *
 * Replacing is one multi-path update for a whole batch, which the server does entirely or not at all; where it refuses, halves are sent by themselves, down to the records that are at fault.
 * Creating and skipping ask for each record by itself that nothing is there yet.
 */
export class BatchWriter {
  readonly #client: RealtimeClient;
  readonly #path: EntityPath;
  readonly #place: Place;
  /** Nodes of which nobody knows whether an earlier attempt created them. */
  readonly #uncertain = new Set<string>();

  constructor(client: RealtimeClient, entity: EntityName) {
    this.#client = client;
    this.#path = entityPathOf(entity);
    this.#place = { names: this.#path.root, shown: entity };
  }

  /** Writes all records that can be written; each other one is a failure of its own. */
  async write(records: readonly RealtimeRecord[], call: WriteOptions): Promise<WriteResult> {
    const outcome: Outcome = { failures: [], unchanged: 0, refused: 0, taken: false };
    const items: Item[] = [];
    for (const [index, record] of records.entries()) {
      const item = this.#itemOf(record, index);
      if ('error' in item) outcome.failures.push(item);
      else items.push(item);
    }
    if (call.mode === 'replace') await this.#replace(items, call, outcome);
    else await concurrently(items, conditionalWrites, call.signal, (item) => this.#create(item, call, outcome));
    const { failures, unchanged } = outcome;
    return { failures: failures.sort((left, right) => left.index - right.index), unchanged };
  }

  #itemOf({ key, content, levels }: RealtimeRecord, index: number): Item | WriteFailure {
    const names = namesBelowRoot(this.#path, key);
    if (names === undefined) return { index, error: keyUnusable() };
    const reached = this.#client.base.length + this.#path.root.length + names.length + levels;
    if (reached > levelsLimit) return { index, error: tooDeep(reached, levelsLimit) };
    return { index, names, text: 'text' in content ? content.text : JSON.stringify(content.node) };
  }

  async #replace(items: readonly Item[], call: CallOptions, outcome: Outcome): Promise<void> {
    if (items.length === 0) return;
    try {
      await this.#client.patch(this.#place, bodyOf(items), call);
      outcome.taken = true;
      return;
    } catch (error) {
      if (!isDatamigratoError(error)) throw error;
      const isRefusal = mayConcernOne(error);
      if (!isRefusal) throw error;
      const [only] = items;
      if (items.length === 1 && only !== undefined) {
        this.#refuse(only, error, outcome);
        return;
      }
    }
    const half = items.length >> 1;
    await this.#replace(items.slice(0, half), call, outcome);
    await this.#replace(items.slice(half), call, outcome);
  }

  #refuse({ index, text }: Item, error: DatamigratoError, outcome: Outcome): void {
    outcome.refused = outcome.taken ? 0 : outcome.refused + 1;
    // What every single record meets is not the fault of the records.
    if (outcome.refused >= refusedInARow) throw error;
    const isTooLarge = error.code === 'DM_REALTIME_WRITE_TOO_LARGE';
    const status = Number(error.context['status'] ?? 0);
    outcome.failures.push({
      index,
      error: isTooLarge ? recordTooLarge(Buffer.byteLength(text)) : recordRefused(this.#client.where, status),
    });
  }

  async #create(item: Item, call: WriteOptions, outcome: Outcome): Promise<void> {
    const place = { names: [...this.#path.root, ...item.names], shown: this.#place.shown };
    const node = item.names.join('/');
    try {
      const write = { method: 'PUT', body: item.text, ifMatch: emptyTag } as const;
      if (await this.#client.writeIf(place, write, call)) return;
      if (call.mode === 'skip') outcome.unchanged += 1;
      else if (!(this.#uncertain.has(node) && (await this.#holds(place, item, call))))
        outcome.failures.push({ index: item.index, error: recordExists() });
    } catch (error) {
      if (call.signal.aborted) throw call.signal.reason;
      if (!isDatamigratoError(error) || error.category !== 'transient') throw error;
      if (error.retry === 'ambiguous') this.#uncertain.add(node);
      outcome.failures.push({ index: item.index, error });
    }
  }

  /** Whether a node is what an earlier attempt may have written. */
  async #holds(place: Place, { text }: Item, call: CallOptions): Promise<boolean> {
    const found = await this.#client.read(place, { format: 'export' }, call);
    return found !== null && valuesEqual(decodeRecord(found), decodeRecord(JSON.parse(text) as Node));
  }
}

/** Whether the server may have refused a whole update for what one of its records holds or where it lies. */
function mayConcernOne({ code, context }: DatamigratoError): boolean {
  return (
    code === 'DM_REALTIME_WRITE_TOO_LARGE' ||
    code === 'DM_REALTIME_UNAUTHORIZED' ||
    (code === 'DM_REALTIME_REFUSED' && context['status'] === 400)
  );
}

function bodyOf(items: readonly Item[]): string {
  let body = '{';
  let separator = '';
  for (const { names, text } of items) {
    body += `${separator}${JSON.stringify(names.join('/'))}:${text}`;
    separator = ',';
  }
  return `${body}}`;
}
