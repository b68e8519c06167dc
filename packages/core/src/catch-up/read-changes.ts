import type { Json } from '../connector/call-options.js';
import type { ChangeBatch } from '../connector/change-feed.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import { abandon, askedAhead } from '../flow/abandoned.js';
import { type RetryOptions, retrying } from '../flow/retry.js';
import type { EntityName } from '../schema/entity-schema.js';
import type { Watch } from './followable.js';

/** What reading the changes of an entity needs. */
export interface ChangeReading {
  readonly watch: Watch;
  readonly entity: EntityName;
  /** Where to go on, or undefined for now. */
  readonly after: Json | undefined;
  readonly batchChanges: number;
  readonly deadline: number;
  readonly retry: RetryOptions;
}

/** The changes of an entity, one batch ahead. After a failure that may pass, they are opened again after the last batch that was handed out. */
export class ChangeReader {
  readonly #reading: ChangeReading;
  #after: Json | undefined;
  #iterator: AsyncIterator<ChangeBatch<unknown>>;
  #ahead: Promise<ChangeBatch<unknown>>;

  constructor(reading: ChangeReading) {
    this.#reading = reading;
    this.#after = reading.after;
    this.#iterator = this.#open();
    this.#ahead = this.#read();
  }

  /** The next batch; the one after it is asked for meanwhile. */
  async next(): Promise<ChangeBatch<unknown>> {
    const batch = await this.#ahead;
    this.#after = batch.position;
    this.#ahead = this.#read();
    return batch;
  }

  /** Frees what the watching holds. */
  async close(): Promise<void> {
    await abandon(this.#iterator);
    await Promise.allSettled([this.#ahead]);
  }

  #read(): Promise<ChangeBatch<unknown>> {
    const batch = retrying(async (attempt) => {
      if (attempt > 1) {
        await abandon(this.#iterator);
        this.#iterator = this.#open();
      }
      const result = await this.#iterator.next();
      if (result.done === true) throw ended(this.#reading.entity);
      return result.value;
    }, this.#reading.retry);
    return askedAhead(batch);
  }

  #open(): AsyncIterator<ChangeBatch<unknown>> {
    const { watch, entity, batchChanges, deadline, retry } = this.#reading;
    const after = this.#after;
    const call = { batchChanges, deadline, signal: retry.signal, ...(after !== undefined && { after }) };
    return watch(entity, call)[Symbol.asyncIterator]();
  }
}

function ended(entity: EntityName): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_CONNECTOR_FAULT',
    category: 'internal',
    message: `The source's feed of changes of ${entity} ended, which it must not`,
    nextStep: 'report it to the author of the connector',
  });
}
