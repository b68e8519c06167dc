import type { RecordDecoder } from '../connector/record-codec.js';
import type { Source } from '../connector/source.js';
import { DatamigratoError, isDatamigratoError } from '../error/datamigrato-error.js';
import type { RecordMapper } from '../mapping/compile-mapping.js';
import type { RecordRestorer } from '../mapping/restore-record.js';
import type { EntityPlan } from '../plan/migration-plan.js';
import type { DataRecord, RecordKey } from '../record/data-record.js';
import { valuesEqual } from '../value/equality.js';
import { valueToText } from '../value/text.js';

/** What looking for the other owner of a key needs. */
export interface RepeatedKeySearch {
  readonly plan: EntityPlan;
  readonly source: Source<unknown>;
  readonly decoder: RecordDecoder<unknown>;
  readonly restorer: RecordRestorer | undefined;
  readonly mapper: RecordMapper;
  readonly settings: { readonly batchRecords: number; readonly batchBytes: number; readonly deadline: number };
  readonly signal: AbortSignal;
}

/**
 * Makes the check for a target key that may have been given before: reads the source again from its beginning until the key turns up, and throws `DM_KEY_COLLISION`, which names both records.
 *
 * Slow, and met at most once in a migration that ends well: a key that only shares its 64-bit hash is no collision, nor is a record that a moving source handed out twice.
 */
export function repeatedKeyCheck(search: RepeatedKeySearch): (source: DataRecord, target: DataRecord) => Promise<void> {
  return async (source, target) => {
    const other = await otherOwner(search, source, target.key);
    if (other === undefined) return;
    const names = search.plan.mapping.key.parts.map((part) => part.name).join(', ');
    throw new DatamigratoError({
      code: 'DM_KEY_COLLISION',
      category: 'usage',
      message: `Two records of ${search.plan.source} would have the same key (${names}) in ${search.plan.target}: ${keyText(other.key)} and ${keyText(source.key)}`,
      nextStep: 'choose a key that tells them apart, for instance with the source key as its last part',
      context: { entity: search.plan.source },
    });
  };
}

async function otherOwner(
  search: RepeatedKeySearch,
  source: DataRecord,
  key: RecordKey,
): Promise<DataRecord | undefined> {
  const { plan, settings, signal } = search;
  const call = { signal, deadline: settings.deadline };
  for await (const partition of search.source.planPartitions(plan.source, { ...call, targetCount: plan.partitions })) {
    for await (const batch of search.source.readPartition(partition, {
      ...call,
      batchRecords: settings.batchRecords,
      batchBytes: settings.batchBytes,
    })) {
      for (const native of batch.records) {
        const record = mapped(search, native);
        if (record !== undefined && valuesEqual(record.target.key, key) && !valuesEqual(record.source.key, source.key))
          return record.source;
      }
    }
  }
  return undefined;
}

function mapped(
  search: RepeatedKeySearch,
  native: unknown,
): { readonly source: DataRecord; readonly target: DataRecord } | undefined {
  try {
    const source = search.decoder.decode(native);
    return { source, target: search.mapper(search.restorer === undefined ? source : search.restorer.restore(source)) };
  } catch (error) {
    // A record that cannot be mapped has no target key, and is a dead letter of the run itself.
    if (isDatamigratoError(error) && error.category === 'record') return undefined;
    throw error;
  }
}

/** A key as a person can find it again, cut where it is long. */
function keyText(key: RecordKey): string {
  const text = key.map((part) => valueToText(part)).join(', ');
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
