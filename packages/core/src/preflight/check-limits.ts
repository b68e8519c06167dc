import { setMaxListeners } from 'node:events';
import type { Endpoint } from '../connector/define-connector.js';
import type { Partition } from '../connector/source.js';
import type { SourceCondition } from '../connector/source-filter.js';
import type { EventListener } from '../event/migration-event.js';
import { createRetryBudget, type RetryBudget } from '../flow/retry-budget.js';
import type { Runtime } from '../flow/runtime.js';
import { sourceFilterFor } from '../mapping/filter-record.js';
import { decodeRecords } from '../pipeline/decode-records.js';
import { encodeRecords } from '../pipeline/encode-records.js';
import { mapRecords } from '../pipeline/map-records.js';
import { readPartition } from '../pipeline/read-partition.js';
import { recordMapping } from '../pipeline/record-mapping.js';
import { plannedPartitions } from '../pipeline/recorded-partitions.js';
import type { Rejection } from '../pipeline/rejection.js';
import { tellRetries } from '../pipeline/side-retry.js';
import type { EntityPlan, MigrationPlan } from '../plan/migration-plan.js';
import type { DataRecord } from '../record/data-record.js';
import { createLimitFindings, type LimitFindings } from './limit-findings.js';
import type { CheckExtent, EntityLimits, LimitReport } from './limit-report.js';

/** What checking a plan against the target's limits needs. */
export interface LimitCheck {
  readonly plan: MigrationPlan;
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly runtime: Runtime;
  /** Ends the check: it then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Hears `batch-checked` and `retry-scheduled`. */
  readonly listener: EventListener;
  readonly settings?: Partial<LimitCheckSettings>;
}

/** How limits are checked. */
export interface LimitCheckSettings {
  /** Default: `full`. */
  readonly extent: CheckExtent;
  /** With the extent `sample`: how many records of each entity are looked at, about. */
  readonly sampleSize: number;
  /** Records that are named for each reason; all are counted. */
  readonly listed: number;
  /** Partitions read at the same time. */
  readonly concurrency: number;
  readonly batchRecords: number;
  readonly batchBytes: number;
  /** Milliseconds for one request to the source. */
  readonly deadline: number;
  /** Milliseconds that the source may be gone. */
  readonly outage: number;
}

/** The settings where a check says nothing. */
export const defaultLimitCheckSettings: LimitCheckSettings = {
  extent: 'full',
  sampleSize: 10_000,
  listed: 10,
  concurrency: 4,
  batchRecords: 1000,
  batchBytes: 1024 * 1024,
  deadline: 30_000,
  outage: 300_000,
};

/**
 * Finds the records that a target would not take, before anything is written: the source's records go through the very steps of a run, decoding, mapping and encoding, and no further.
 *
 * What a store alone can know is not found: records that it refuses for its rules or its state, keys that meet in the target.
 * Limits that a connector's manifest gives no `refusals` for are measured here, roughly.
 *
 * @throws DatamigratoError whatever the source fails with for good, or the signal's reason.
 */
export async function checkLimits(check: LimitCheck): Promise<LimitReport> {
  const { plan } = check;
  const settings = { ...defaultLimitCheckSettings, ...check.settings };
  const budget = createRetryBudget({ runtime: check.runtime, outage: settings.outage });
  const entities: EntityLimits[] = [];
  for (const entity of plan.entities) entities.push(await new EntityCheck(check, settings, budget, entity).run());
  return {
    schema: 'datamigrato.limits/1',
    plan: plan.id,
    source: plan.source,
    target: plan.target,
    extent: settings.extent,
    checked: entities.reduce((sum, { checked }) => sum + checked, 0),
    beyond: entities.reduce((sum, { beyond }) => sum + beyond, 0),
    entities,
  };
}

class EntityCheck {
  readonly #check: LimitCheck;
  readonly #settings: LimitCheckSettings;
  readonly #budget: RetryBudget;
  readonly #plan: EntityPlan;
  readonly #filter: readonly SourceCondition[] | undefined;
  readonly #findings: LimitFindings;
  readonly #beyondIn: (natives: readonly unknown[]) => number;
  #checked = 0;
  #beyond = 0;
  #complete = true;

  constructor(check: LimitCheck, settings: LimitCheckSettings, budget: RetryBudget, plan: EntityPlan) {
    const { source, target } = check;
    this.#check = check;
    this.#settings = settings;
    this.#budget = budget;
    this.#plan = plan;
    this.#filter = sourceFilterFor(plan, source.connector.manifest);
    this.#findings = createLimitFindings(target.connector.manifest, settings.listed);
    const decoder = source.connector.codec.createDecoder(plan.sourceSchema);
    const mapping = recordMapping(plan, source.connector.manifest, target.connector.manifest);
    const encoder = target.connector.codec.createEncoder(plan.targetSchema);
    this.#beyondIn = (natives) => {
      const rejected: Rejection[] = [];
      const mapped = mapRecords(decodeRecords(natives, decoder, rejected), mapping, rejected);
      const encoded = encodeRecords(mapped, encoder, rejected);
      this.#findings.rejected(rejected);
      let beyond = rejected.length;
      for (const [index, record] of encoded.sources.entries()) {
        const size = encoded.sizes[index] as number;
        if (this.#findings.encoded(record, encoded.targets[index] as DataRecord, size)) beyond += 1;
      }
      return beyond;
    };
  }

  async run(): Promise<EntityLimits> {
    const { signal } = this.#check;
    const failure = new AbortController();
    const either = AbortSignal.any([signal, failure.signal]);
    // Every partition and request under way listens.
    setMaxListeners(0, either);
    const partitions = await this.#partitions(either);
    const most =
      this.#settings.extent === 'full'
        ? Infinity
        : Math.ceil(this.#settings.sampleSize / Math.max(1, partitions.length));
    const left = partitions.values();
    const worker = async (): Promise<void> => {
      try {
        for (const partition of left) await this.#read(partition, most, either);
      } catch (error) {
        failure.abort(error);
      }
    };
    await Promise.all(Array.from({ length: this.#settings.concurrency }, worker));
    either.throwIfAborted();
    return {
      source: this.#plan.source,
      target: this.#plan.target,
      checked: this.#checked,
      beyond: this.#beyond,
      complete: this.#complete,
      findings: this.#findings.finish(),
    };
  }

  #partitions(signal: AbortSignal): Promise<readonly Partition[]> {
    const { source, runtime } = this.#check;
    return plannedPartitions({
      plan: this.#plan,
      source: source.source(),
      call: { signal, deadline: this.#settings.deadline },
      filter: this.#filter,
      retry: { runtime, signal, where: source.description.id, idempotent: true, budget: this.#budget },
    });
  }

  async #read(partition: Partition, most: number, signal: AbortSignal): Promise<void> {
    const { source, runtime, listener } = this.#check;
    const { batchRecords, batchBytes, deadline } = this.#settings;
    const batches = readPartition({
      source: source.source(),
      partition,
      after: undefined,
      batchRecords: Math.min(most, batchRecords),
      batchBytes,
      deadline,
      signal,
      runtime,
      where: source.description.id,
      budget: this.#budget,
      ...(this.#filter !== undefined && { filter: this.#filter }),
      onRetry: tellRetries(listener, 'source'),
    });
    let left = most;
    for await (const { records } of batches) {
      signal.throwIfAborted();
      if (records.length === 0) continue;
      // There is more than was asked for, so that not everything is looked at.
      if (left === 0) {
        this.#complete = false;
        return;
      }
      const taken = records.length <= left ? records : records.slice(0, left);
      if (taken.length < records.length) this.#complete = false;
      const beyond = this.#beyondIn(taken);
      left -= taken.length;
      this.#checked += taken.length;
      this.#beyond += beyond;
      listener({
        type: 'batch-checked',
        source: this.#plan.source,
        partition: partition.id,
        records: taken.length,
        beyond,
      });
      if (!this.#complete && left === 0) return;
    }
  }
}
