import type { DeadLetterStore } from '../checkpoint/checkpoint.js';
import { deadLetter } from '../checkpoint/dead-letter.js';
import type { Change } from '../connector/change-feed.js';
import type { Endpoint } from '../connector/define-connector.js';
import type { RecordDecoder, RecordEncoder } from '../connector/record-codec.js';
import { isDatamigratoError } from '../error/datamigrato-error.js';
import type { EventListener } from '../event/migration-event.js';
import { withDeadline } from '../flow/deadline.js';
import type { Pacer } from '../flow/pacer.js';
import { type RetryOptions, retrying } from '../flow/retry.js';
import type { RetryBudget } from '../flow/retry-budget.js';
import { compileMapping, type RecordMapper } from '../mapping/compile-mapping.js';
import { compileFilter, type RecordFilter } from '../mapping/filter-record.js';
import type { DeadLetterLimit } from '../pipeline/dead-letter-limit.js';
import { encodeRecords } from '../pipeline/encode-records.js';
import { mapRecords } from '../pipeline/map-records.js';
import { type Rejection, rejection } from '../pipeline/rejection.js';
import { sizeBatches } from '../pipeline/size-batches.js';
import { writeBatch } from '../pipeline/write-batch.js';
import type { EntityPlan } from '../plan/migration-plan.js';
import type { DataRecord, RecordKey } from '../record/data-record.js';
import { valueToText } from '../value/text.js';
import type { ChangeLedger } from './catch-up-state.js';

/** What applying the changes of an entity needs. */
export interface ChangeApplying {
  readonly plan: EntityPlan;
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly deadLetters: DeadLetterStore;
  readonly limit: DeadLetterLimit;
  readonly pacer: Pacer;
  readonly deadline: number;
  readonly budget: RetryBudget;
  readonly retry: RetryOptions;
  readonly emit: EventListener;
}

/** The name that dead letters of changes have where others name their partition. */
const changesPartition = 'changes';

/**
 * Brings the target to where a batch of changes leads: of each record the last change alone, written or deleted by its key.
 *
 * Applying a batch again, or an earlier one and then all since, ends the same.
 */
export class ChangeApplier {
  readonly #applying: ChangeApplying;
  readonly #decoder: RecordDecoder<unknown>;
  readonly #mapper: RecordMapper;
  readonly #filter: RecordFilter | undefined;
  readonly #encoder: RecordEncoder<unknown>;

  constructor(applying: ChangeApplying) {
    const { plan, source, target } = applying;
    const { codec, manifest } = target.connector;
    this.#applying = applying;
    this.#decoder = source.connector.codec.createDecoder(plan.sourceSchema);
    this.#mapper = compileMapping(plan.mapping, manifest);
    this.#filter = compileFilter(plan.mapping.filter);
    // What is there already has to give way, cells that the record lacks included.
    this.#encoder = codec.createEncoder({ ...plan.targetSchema, clearsMissing: true });
  }

  /** Resolves once every change is acknowledged, or a durable dead letter. */
  async apply(changes: readonly Change<unknown>[]): Promise<ChangeLedger> {
    const { plan, deadLetters, limit, emit } = this.#applying;
    const rejected: Rejection[] = [];
    const { writes, deletions } = this.#lastOfEach(changes, rejected);
    // First, because a record that is gone may hold what only one can have, such as a value of a unique index.
    await this.#delete(deletions);
    const written = await this.#write(writes, rejected);
    if (rejected.length > 0) {
      const where = { source: plan.source, target: plan.target, partition: changesPartition };
      await deadLetters.append(
        rejected.map(({ stage, error, record, identity }) => deadLetter(where, stage, error, record, identity)),
      );
      for (const { stage, error } of rejected)
        emit({ type: 'record-dead', source: plan.source, partition: changesPartition, stage, code: error.code });
    }
    limit.count(changes.length, rejected.length);
    return { changes: changes.length, written, deleted: deletions.length, dead: rejected.length };
  }

  #lastOfEach(
    changes: readonly Change<unknown>[],
    rejected: Rejection[],
  ): { readonly writes: readonly DataRecord[]; readonly deletions: readonly RecordKey[] } {
    const last = new Map<string, { readonly type: Change<unknown>['type']; readonly record: DataRecord }>();
    for (const { type, record: native } of changes) {
      try {
        const record = this.#decoder.decode(native);
        // What the filter does not hold for any more may be there since it did.
        const leaves = type === 'written' && this.#filter?.(record) === false;
        last.set(valueToText(record.key), { type: leaves ? 'deleted' : type, record });
      } catch (error) {
        rejected.push(rejection('decode', error, undefined, this.#decoder.identify?.(native)));
      }
    }
    const all = [...last.values()];
    return {
      writes: all.filter(({ type }) => type === 'written').map(({ record }) => record),
      deletions: all.filter(({ type }) => type === 'deleted').map(({ record }) => record.key),
    };
  }

  async #write(records: readonly DataRecord[], rejected: Rejection[]): Promise<number> {
    const { plan, target, deadline, budget, pacer, retry } = this.#applying;
    const encoded = encodeRecords(
      mapRecords(records, { restorer: undefined, filter: undefined, mapper: this.#mapper }, rejected),
      this.#encoder,
      rejected,
    );
    let written = 0;
    for (const { start, end } of sizeBatches(encoded.sizes, target.connector.manifest.limits)) {
      const permit = await pacer.acquire(end - start, retry.signal);
      const outcome = await writeBatch(encoded.natives.slice(start, end), {
        ...retry,
        target: target.target(),
        entity: plan.target,
        mode: 'replace',
        deadline,
        budget,
      }).finally(() => permit.release('succeeded'));
      for (const [index, error] of outcome.rejected)
        rejected.push(rejection('write', error, encoded.sources[start + index]));
      written += end - start - outcome.rejected.size;
    }
    return written;
  }

  async #delete(sourceKeys: readonly RecordKey[]): Promise<void> {
    const keys: RecordKey[] = [];
    for (const key of sourceKeys) {
      try {
        keys.push(this.#mapper({ key, fields: {} }).key);
      } catch (error) {
        // A key that the target cannot hold was a dead letter, and there is nothing to delete.
        if (!isDatamigratoError(error) || error.category !== 'record') throw error;
      }
    }
    const most = this.#applying.target.connector.manifest.limits.batchRecords;
    for (let start = 0; start < keys.length; start += most) await this.#deleteSome(keys.slice(start, start + most));
  }

  async #deleteSome(keys: readonly RecordKey[]): Promise<void> {
    const { plan, target, deadline, retry } = this.#applying;
    let remaining = keys;
    await retrying(async () => {
      const some = remaining;
      const result = await withDeadline(
        async (signal) => target.admin()?.deleteRecords(plan.targetSchema, some, { signal, deadline }),
        { ...retry, deadline: 2 * deadline, what: `the answer of ${target.description.id} to a deletion` },
      );
      // As above: what the target cannot hold is not there.
      const failures = (result?.failures ?? []).filter(({ error }) => error.category !== 'record');
      const final = failures.find(({ error }) => error.category !== 'transient') ?? failures[0];
      const again = new Set(failures.map(({ index }) => index));
      remaining = some.filter((_, index) => again.has(index));
      if (final !== undefined) throw final.error;
    }, retry);
  }
}
