import { setMaxListeners } from 'node:events';
import type { Endpoint } from '../connector/define-connector.js';
import type { Partition, RecordBatch, Source } from '../connector/source.js';
import type { SourceCondition } from '../connector/source-filter.js';
import { isDatamigratoError } from '../error/datamigrato-error.js';
import { withDeadline } from '../flow/deadline.js';
import { type RetryOptions, retrying } from '../flow/retry.js';
import { createRetryBudget, type RetryBudget } from '../flow/retry-budget.js';
import type { Runtime } from '../flow/runtime.js';
import { sourceFilterFor } from '../mapping/filter-record.js';
import { readPartition } from '../pipeline/read-partition.js';
import { recordMapping } from '../pipeline/record-mapping.js';
import { plannedPartitions } from '../pipeline/recorded-partitions.js';
import type { EntityPlan } from '../plan/migration-plan.js';
import type { DataRecord } from '../record/data-record.js';
import type { EntityName } from '../schema/entity-schema.js';

/** One side of a comparison: the records that the target should hold, or those that it does hold, in the target's form either way. */
export interface Side {
  /** The partitions as the store cuts them now. */
  partitions(signal: AbortSignal): Promise<readonly Partition[]>;
  /** Reads partitions, several at a time. Rejects with the first failure, once nothing is under way any more. */
  scan(partitions: readonly Partition[], begin: BeginPartition, signal: AbortSignal): Promise<void>;
  /** How many records the store itself counts, or undefined where it has no exact number. */
  count(signal: AbortSignal): Promise<number | undefined>;
}

/** Called when the reading of a partition begins; what it returns gets the partition's records. */
type BeginPartition = (partition: Partition) => PartitionVisitor;

/** What becomes of the records of one partition. */
export interface PartitionVisitor {
  record(record: DataRecord): void | Promise<void>;
  /** A record of the source that cannot be mapped: it is a dead letter, and no target can hold it. */
  unmappable?(): void;
  /** All of them were read. */
  end?(): void | Promise<void>;
}

/** What reading a side needs. */
export interface SideReading {
  readonly plan: EntityPlan;
  readonly endpoint: Endpoint;
  readonly runtime: Runtime;
  /** Milliseconds for one request. */
  readonly deadline: number;
  /** Partitions read at the same time. */
  readonly concurrency: number;
  /** Milliseconds that the store may be gone. */
  readonly outage: number;
  /** Hears of every batch that was read. */
  readonly onBatch?: (records: number) => void;
}

/** What the target should hold: the source's records through the plan's mapping. */
export function expectedSide(reading: SideReading, targetManifest: Endpoint['connector']['manifest']): Side {
  const { plan, endpoint } = reading;
  const decoder = endpoint.connector.codec.createDecoder(plan.sourceSchema);
  const { restorer, filter, mapper } = recordMapping(plan, endpoint.connector.manifest, targetManifest);
  const sourceFilter = sourceFilterFor(plan, endpoint.connector.manifest);
  const expected: ScannedEntity = { entity: plan.source, filtered: filter !== undefined, sourceFilter };
  return new ScannedSide(reading, expected, (native) => {
    try {
      const decoded = decoder.decode(native);
      const origin = restorer === undefined ? decoded : restorer.restore(decoded);
      return filter?.(origin) === false ? 'filtered' : mapper(origin);
    } catch (error) {
      if (!isDatamigratoError(error) || error.category !== 'record') throw error;
      return undefined;
    }
  });
}

/** What the target does hold, with its key's parts in the plan's order. */
export async function actualSide(reading: SideReading, signal: AbortSignal): Promise<Side> {
  const { plan, endpoint, deadline } = reading;
  const schema = await endpoint.source().inferSchema(plan.target, { signal, deadline, sampleSize: 1 });
  const decoder = endpoint.connector.codec.createDecoder(schema);
  const places = plan.targetSchema.key.map((field) => schema.key.findIndex((other) => other.name === field.name));
  const inOrder = places.every((place, index) => place === index || place < 0);
  return new ScannedSide(reading, { entity: plan.target, filtered: false, sourceFilter: undefined }, (native) => {
    const record = decoder.decode(native);
    return inOrder ? record : { ...record, key: places.map((place) => record.key[place] ?? null) };
  });
}

/** Does something with both sides at once; where one fails, the other is ended and that failure thrown. */
export async function onBothSides(
  signal: AbortSignal,
  work: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  // Every partition and request under way listens.
  setMaxListeners(0, either);
  await Promise.allSettled(
    work.map(async (side) => {
      try {
        await side(either);
      } catch (error) {
        failure.abort(error);
      }
    }),
  );
  signal.throwIfAborted();
  failure.signal.throwIfAborted();
}

/** What is read of one side. */
interface ScannedEntity {
  readonly entity: EntityName;
  /** Whether some of its records have no part in the comparison, so that the store's own count says nothing. */
  readonly filtered: boolean;
  /** What the store may leave out by itself. */
  readonly sourceFilter: readonly SourceCondition[] | undefined;
}

/** A record in the target's form; undefined where there is none. */
type RecordReader = (native: unknown) => DataRecord | 'filtered' | undefined;

class ScannedSide implements Side {
  readonly #reading: SideReading;
  readonly #scanned: ScannedEntity;
  readonly #entity: EntityName;
  readonly #source: Source<unknown>;
  readonly #recordOf: RecordReader;
  readonly #budget: RetryBudget;

  constructor(reading: SideReading, scanned: ScannedEntity, recordOf: RecordReader) {
    this.#reading = reading;
    this.#scanned = scanned;
    this.#entity = scanned.entity;
    this.#source = reading.endpoint.source();
    this.#recordOf = recordOf;
    this.#budget = createRetryBudget({ runtime: reading.runtime, outage: reading.outage });
  }

  partitions(signal: AbortSignal): Promise<readonly Partition[]> {
    const { plan, deadline } = this.#reading;
    return plannedPartitions({
      plan: { ...plan, source: this.#entity },
      source: this.#source,
      call: { signal, deadline },
      filter: this.#scanned.sourceFilter,
      retry: this.#retry(signal),
    });
  }

  async scan(partitions: readonly Partition[], begin: BeginPartition, signal: AbortSignal): Promise<void> {
    const waiting = partitions[Symbol.iterator]();
    await onBothSides(
      signal,
      Array.from({ length: Math.min(this.#reading.concurrency, partitions.length) }, () => async (either) => {
        for (const partition of waiting) await this.#read(partition, begin(partition), either);
      }),
    );
  }

  async count(signal: AbortSignal): Promise<number | undefined> {
    const { endpoint, runtime, deadline } = this.#reading;
    const admin = endpoint.admin();
    if (admin === undefined || this.#scanned.filtered) return undefined;
    const what = `the number of records of ${this.#entity} in ${endpoint.description.id}`;
    const count = await retrying(
      () =>
        // A store may count for as long as one deadline and answers once that is over.
        withDeadline((inner) => admin.countRecords(this.#entity, { signal: inner, deadline }), {
          runtime,
          deadline: 2 * deadline,
          signal,
          what,
        }),
      this.#retry(signal),
    );
    return count.exact ? count.value : undefined;
  }

  async #read(partition: Partition, visitor: PartitionVisitor, signal: AbortSignal): Promise<void> {
    const { runtime, deadline, endpoint, onBatch } = this.#reading;
    const { sourceFilter } = this.#scanned;
    const batches = readPartition({
      source: this.#source,
      partition,
      after: undefined,
      batchRecords: 1000,
      batchBytes: 1024 * 1024,
      deadline,
      signal,
      runtime,
      where: endpoint.description.id,
      budget: this.#budget,
      ...(sourceFilter !== undefined && { filter: sourceFilter }),
    });
    for await (const batch of batches) {
      signal.throwIfAborted();
      await this.#take(batch, visitor);
      onBatch?.(batch.records.length);
    }
    await visitor.end?.();
  }

  async #take(batch: RecordBatch<unknown>, visitor: PartitionVisitor): Promise<void> {
    for (const native of batch.records) {
      const record = this.#recordOf(native);
      if (record === 'filtered') continue;
      if (record === undefined) visitor.unmappable?.();
      else {
        const busy = visitor.record(record);
        // A promise for each record would cost more than the comparison.
        if (busy !== undefined) await busy;
      }
    }
  }

  #retry(signal: AbortSignal): RetryOptions {
    const { runtime, endpoint } = this.#reading;
    return { runtime, signal, where: endpoint.description.id, idempotent: true, budget: this.#budget };
  }
}
