import { setMaxListeners } from 'node:events';
import {
  type Checkpoint,
  type CheckpointStore,
  type DeadLetterStore,
  emptyLedger,
  type Ledger,
} from '../checkpoint/checkpoint.js';
import { type DeadLetter, deadLetter } from '../checkpoint/dead-letter.js';
import type { Manifest } from '../connector/manifest.js';
import type { RecordDecoder, RecordEncoder } from '../connector/record-codec.js';
import type { Partition, RecordBatch, Source } from '../connector/source.js';
import type { SourceCondition } from '../connector/source-filter.js';
import type { EventListener } from '../event/migration-event.js';
import type { ByteBudget } from '../flow/byte-budget.js';
import type { Pacer } from '../flow/pacer.js';
import type { RetryNotice } from '../flow/retry.js';
import type { RetryBudget } from '../flow/retry-budget.js';
import type { Runtime } from '../flow/runtime.js';
import type { EntityPlan } from '../plan/migration-plan.js';
import type { DataRecord, RecordKey } from '../record/data-record.js';
import { createRecordDigest, type RecordDigest, type RecordHash } from '../value/record-digest.js';
import { createAcknowledgements, type OpenBatch } from './acknowledgements.js';
import { requireBalanced } from './balanced-ledger.js';
import type { DeadLetterLimit } from './dead-letter-limit.js';
import { decodeRecords } from './decode-records.js';
import { encodeRecords } from './encode-records.js';
import type { KeyRegistry } from './key-registry.js';
import { createKeysUnderWay, type TakenKeys } from './keys-under-way.js';
import { type MappedRecords, mapRecords, type RecordMapping } from './map-records.js';
import { readPartition } from './read-partition.js';
import type { Rejection } from './rejection.js';
import { type CheckpointInterval, createCheckpointSaver } from './save-checkpoint.js';
import { tellRetries } from './side-retry.js';
import { type BatchRange, sizeBatches } from './size-batches.js';
import { type BatchWriting, writeBatch } from './write-batch.js';

/** What all partitions of an entity share while they run. */
export interface EntityRun {
  readonly plan: EntityPlan;
  readonly source: Source<unknown>;
  readonly sourceId: string;
  readonly targetManifest: Manifest;
  readonly decoder: RecordDecoder<unknown>;
  readonly mapping: RecordMapping;
  /** What the source may leave out by itself. */
  readonly sourceFilter: readonly SourceCondition[] | undefined;
  readonly encoder: RecordEncoder<unknown>;
  readonly writing: Omit<BatchWriting, 'onRetry' | 'signal'>;
  readonly batchRecords: number;
  readonly batchBytes: number;
  readonly deadline: number;
  readonly runtime: Runtime;
  readonly bytes: ByteBudget;
  /** One for each batch that is decoded and not yet part of what is finished without a gap: all that a crash has done again, but for what waits for its checkpoint. */
  readonly places: ByteBudget;
  readonly pacer: Pacer;
  readonly sourceBudget: RetryBudget;
  readonly digestKey: Uint8Array;
  readonly checkpoints: CheckpointStore;
  readonly deadLetters: DeadLetterStore;
  readonly interval: CheckpointInterval;
  readonly limit: DeadLetterLimit;
  readonly registry: KeyRegistry | undefined;
  /** Called for a target key that may have been given before; throws where two source records really share it. */
  readonly onRepeatedKey: (source: DataRecord, target: DataRecord) => Promise<void>;
  readonly emit: EventListener;
}

/** How a partition ended. */
export interface PartitionOutcome {
  readonly ledger: Ledger;
  readonly bytes: number;
  readonly digest: RecordDigest;
  /** False where reading was stopped by the signal; what had been read is then written and durable. */
  readonly finished: boolean;
}

/**
 * Moves the records of one partition, from reading to the last checkpoint.
 *
 * `stop` ends reading; what was read is still written. `abandon` ends everything, and the call rejects.
 */
export async function runPartition(
  run: EntityRun,
  partition: Partition,
  from: Checkpoint | undefined,
  signals: { readonly stop: AbortSignal; readonly abandon: AbortSignal },
): Promise<PartitionOutcome> {
  const { plan, emit } = run;
  const place = { source: plan.source, partition: partition.id } as const;
  const acknowledgements = createAcknowledgements(
    from === undefined ? undefined : { position: from.position, ledger: from.ledger, bytes: from.bytes },
  );
  const digest = createRecordDigest(run.digestKey, from?.digest);
  const failure = new AbortController();
  const writingSignal = AbortSignal.any([signals.abandon, failure.signal]);
  const readingSignal = AbortSignal.any([signals.stop, writingSignal]);
  // Every request under way listens to one of these, and there are more than the ten that Node takes for a leak.
  setMaxListeners(0, writingSignal, readingSignal);
  const underWay = new Set<Promise<void>>();
  const keysUnderWay = createKeysUnderWay();

  const checkpoint = (finished: boolean): Checkpoint => {
    requireBalanced(acknowledgements.finished.ledger, plan.source);
    return {
      source: plan.source,
      target: plan.target,
      partition: { id: partition.id, range: partition.range },
      ...acknowledgements.finished,
      finished,
      digest: digest.value(),
    };
  };
  const saver = createCheckpointSaver({
    checkpoints: run.checkpoints,
    deadLetters: run.deadLetters,
    interval: run.interval,
    runtime: run.runtime,
    onSaved: (saved) => emit({ type: 'checkpoint-saved', ...place, ledger: saved.ledger, finished: saved.finished }),
    onFailed: (error) => failure.abort(error),
  });

  const lettersOf = (batches: readonly OpenBatch[]): readonly DeadLetter[] =>
    batches.flatMap((batch) =>
      batch.rejected.map(({ stage, error, record, identity }) =>
        deadLetter(
          { source: plan.source, target: plan.target, partition: partition.id },
          stage,
          error,
          record,
          identity,
        ),
      ),
    );

  const advance = (): void => {
    const batches = acknowledgements.advance();
    if (batches.length === 0) return;
    let read = 0;
    for (const batch of batches) {
      run.bytes.release(batch.bytes);
      run.places.release(1);
      batch.keys.release();
      digest.merge(batch.digest.value());
      read += batch.ledger.read;
    }
    saver.progressed(checkpoint(false), read, lettersOf(batches));
  };

  const tellTargetRetry = tellRetries(emit, 'target');
  const write = async (batch: OpenBatch, ready: ReadyRecords, range: BatchRange): Promise<void> => {
    const count = range.end - range.start;
    const permit = await run.pacer.acquire(count, writingSignal);
    let outcome: 'succeeded' | 'failed' = 'failed';
    try {
      const started = run.runtime.monotonicNow();
      const natives = count === ready.natives.length ? ready.natives : ready.natives.slice(range.start, range.end);
      const onRetry = (notice: RetryNotice): void => {
        if (notice.retry === 'throttled') permit.throttled();
        tellTargetRetry(notice);
      };
      const written = await writeBatch(natives, { ...run.writing, signal: writingSignal, onRetry });
      settle(batch, ready, range, written);
      outcome = 'succeeded';
      const milliseconds = run.runtime.monotonicNow() - started;
      emit({
        type: 'batch-written',
        ...place,
        records: count - written.rejected.size,
        unchanged: written.unchanged,
        failed: written.rejected.size,
        milliseconds,
      });
    } finally {
      permit.release(outcome);
    }
    batch.pending -= 1;
    advance();
  };

  const settle = (
    batch: OpenBatch,
    ready: ReadyRecords,
    range: BatchRange,
    written: Awaited<ReturnType<typeof writeBatch>>,
  ): void => {
    for (let index = range.start; index < range.end; index += 1) {
      const error = written.rejected.size === 0 ? undefined : written.rejected.get(index - range.start);
      if (error === undefined) batch.digest.addHash(ready.hashes[index] as RecordHash);
      else batch.rejected.push({ stage: 'write', error, record: ready.sourceOf(index), identity: undefined });
    }
    const dead = written.rejected.size;
    const acknowledged = range.end - range.start - dead;
    batch.ledger = {
      ...batch.ledger,
      written: batch.ledger.written + acknowledged - written.unchanged,
      unchanged: batch.ledger.unchanged + written.unchanged,
      dead: batch.ledger.dead + dead,
    };
    if (dead > 0) reportDead(batch.rejected.slice(-dead));
  };

  const reportDead = (rejected: readonly Rejection[]): void => {
    for (const { stage, error } of rejected) emit({ type: 'record-dead', ...place, stage, code: error.code });
    run.limit.count(0, rejected.length);
  };

  /** Steps 2 to 4 for a few records of a batch, of which only what the rest of their way needs is kept. */
  const encodeStep = async (
    natives: readonly unknown[],
    rejected: Rejection[],
    encoded: EncodedBatch,
  ): Promise<void> => {
    const mapped = decodeAndMap(run, natives, rejected);
    if (run.registry !== undefined) {
      for (const [index, target] of mapped.targets.entries()) {
        if (run.registry.add(target.key)) await run.onRepeatedKey(mapped.sources[index] as DataRecord, target);
      }
    }
    const step = encodeRecords(mapped, run.encoder, rejected);
    for (const [index, target] of step.targets.entries()) {
      encoded.natives.push(step.natives[index]);
      encoded.sizes.push(step.sizes[index] as number);
      encoded.keys.push(target.key);
      encoded.hashes.push(digest.hash(target));
    }
    encoded.filtered += mapped.filtered;
  };

  const encode = async (read: RecordBatch<unknown>, rejected: Rejection[]): Promise<EncodedBatch> => {
    const encoded: EncodedBatch = { natives: [], sizes: [], keys: [], hashes: [], filtered: 0 };
    for (let start = 0; start < read.records.length; start += stepRecords)
      await encodeStep(read.records.slice(start, start + stepRecords), rejected, encoded);
    return encoded;
  };

  const readyToWrite = (read: RecordBatch<unknown>, { natives, hashes }: EncodedBatch): ReadyRecords => {
    let sources: readonly DataRecord[] | undefined;
    return {
      natives,
      hashes,
      sourceOf(index) {
        sources ??= encodeRecords(decodeAndMap(run, read.records, []), run.encoder, []).sources;
        return sources[index] as DataRecord;
      },
    };
  };

  const prepare = async (read: RecordBatch<unknown>, rejected: Rejection[]): Promise<PreparedBatch> => {
    try {
      const encoded = await encode(read, rejected);
      const keys = keysUnderWay.take(encoded.keys);
      const ranges = sizeBatches(encoded.sizes, run.targetManifest.limits, keys.repeated);
      return { ready: readyToWrite(read, encoded), keys, ranges, filtered: encoded.filtered };
    } catch (error) {
      // Where this is the stop, other partitions still need the room for what they have read.
      run.bytes.release(read.bytes);
      run.places.release(1);
      throw error;
    }
  };

  const take = async (read: RecordBatch<unknown>): Promise<void> => {
    await run.bytes.acquire(read.bytes, writingSignal);
    try {
      await run.places.acquire(1, writingSignal);
    } catch (error) {
      run.bytes.release(read.bytes);
      throw error;
    }
    emit({ type: 'batch-read', ...place, records: read.records.length, bytes: read.bytes });
    run.limit.count(read.records.length, 0);
    const rejected: Rejection[] = [];
    const { ready, keys, ranges, filtered } = await prepare(read, rejected);
    const batch: OpenBatch = {
      position: read.position,
      bytes: read.bytes,
      pending: ranges.length,
      ledger: { ...emptyLedger, read: read.records.length, dead: rejected.length, filtered },
      digest: createRecordDigest(run.digestKey),
      keys,
      rejected,
    };
    acknowledgements.add(batch);
    if (rejected.length > 0) reportDead(rejected);
    for (const range of ranges) {
      // A key that is under way already waits until it is not.
      while (keys.repeated.includes(range.start) && underWay.size > 0) await Promise.race(underWay);
      const writing = write(batch, ready, range);
      underWay.add(writing);
      writing.then(
        () => underWay.delete(writing),
        (error: unknown) => failure.abort(error),
      );
    }
    if (ranges.length === 0) advance();
  };

  emit({ type: 'partition-started', ...place });
  let finished = false;
  try {
    const reading = readPartition({
      source: run.source,
      partition,
      after: from === undefined || from.position === null ? undefined : from.position,
      batchRecords: run.batchRecords,
      batchBytes: run.batchBytes,
      deadline: run.deadline,
      signal: readingSignal,
      runtime: run.runtime,
      where: run.sourceId,
      budget: run.sourceBudget,
      ...(run.sourceFilter !== undefined && { filter: run.sourceFilter }),
      onRetry: tellRetries(emit, 'source'),
    });
    for await (const read of reading) {
      await take(read);
      if (readingSignal.aborted) break;
    }
    finished = !readingSignal.aborted;
  } catch (error) {
    // Being told to stop is no failure of the partition: what was read goes on to be written.
    if (!signals.stop.aborted || error !== signals.stop.reason) failure.abort(error);
  }
  await Promise.allSettled(underWay);
  if (writingSignal.aborted) {
    // What is finished stays so, and why records were rejected can be looked up. The failure that ended the partition matters more than one of this saving.
    await Promise.allSettled([saver.flush(lettersOf(acknowledgements.open))]);
    throw writingSignal.reason;
  }
  saver.progressed(checkpoint(finished), 0, []);
  await saver.flush();
  const { ledger, bytes } = acknowledgements.finished;
  if (finished) emit({ type: 'partition-finished', ...place, ledger });
  return { ledger, bytes, digest, finished };
}

/** Records that are decoded, mapped and encoded at once: so few that the forms in between are gone before the garbage collector would copy them. */
const stepRecords = 100;

/** What is kept of a batch's records until they are written, by the same index. */
interface EncodedBatch {
  readonly natives: unknown[];
  readonly sizes: number[];
  readonly keys: RecordKey[];
  readonly hashes: RecordHash[];
  filtered: number;
}

/** A batch before it is written. */
interface PreparedBatch {
  readonly ready: ReadyRecords;
  readonly keys: TakenKeys;
  readonly ranges: readonly BatchRange[];
  readonly filtered: number;
}

/** Records on the last part of their way. */
interface ReadyRecords {
  readonly natives: readonly unknown[];
  readonly hashes: readonly RecordHash[];
  /** The source's record again, for the few that the target refuses. */
  sourceOf(index: number): DataRecord;
}

function decodeAndMap(run: EntityRun, natives: readonly unknown[], rejected: Rejection[]): MappedRecords {
  return mapRecords(decodeRecords(natives, run.decoder, rejected), run.mapping, rejected);
}
