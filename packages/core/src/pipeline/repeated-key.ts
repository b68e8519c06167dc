import type { RecordDecoder } from '../connector/record-codec.js';
import { DatamigratoError, isDatamigratoError } from '../error/datamigrato-error.js';
import type { EntityPlan } from '../plan/migration-plan.js';
import type { DataRecord, RecordKey } from '../record/data-record.js';
import { valuesEqual } from '../value/equality.js';
import { valueToText } from '../value/text.js';
import { createKeyRegistry } from './key-registry.js';
import type { RecordMapping } from './map-records.js';
import { type PartitionReading, readPartition } from './read-partition.js';
import { type PartitionPlanning, plannedPartitions } from './recorded-partitions.js';

/** What looking at the keys of a whole entity needs. */
export interface KeySearch {
  readonly plan: EntityPlan;
  readonly decoder: RecordDecoder<unknown>;
  readonly mapping: RecordMapping;
  readonly planning: PartitionPlanning;
  readonly reading: Omit<PartitionReading, 'partition' | 'after' | 'onRetry'>;
}

/**
 * Makes the check for a target key that may have been given before: reads the source again from its beginning until the key turns up, and throws `DM_KEY_COLLISION`, which names both records.
 *
 * Slow, and met at most once in a migration that ends well: a key that only shares its 64-bit hash is no collision, nor is a record that a moving source handed out twice.
 */
export function repeatedKeyCheck(search: KeySearch): (source: DataRecord, target: DataRecord) => Promise<void> {
  return async (source, target) => {
    const other = await otherOwner(search, source, target.key);
    if (other === undefined) return;
    const names = search.plan.mapping.key.parts.map((part) => part.name).join(', ');
    // A document of records has no keys but those that its user names, and two records may have the same one.
    const isSameInSource = valuesEqual(other.key, source.key);
    const which = isSameInSource
      ? `both have the key ${keyText(source.key)}`
      : `${keyText(other.key)} and ${keyText(source.key)}`;
    throw new DatamigratoError({
      code: 'DM_KEY_COLLISION',
      category: 'usage',
      message: `Two records of ${search.plan.source} would have the same key (${names}) in ${search.plan.target}: ${which}`,
      nextStep: `choose a key that tells them apart${isSameInSource ? '' : ', for instance with the source key as its last part'}`,
      context: { entity: search.plan.source },
    });
  };
}

/**
 * Reads the whole source for its keys alone, and throws `DM_KEY_COLLISION` where two records would share one in the target.
 *
 * For a run that is taken up again: the keys that an earlier process watched went with it, and a record still to come may have the key of one that is already in the target.
 */
export async function proveKeysDistinct(search: KeySearch): Promise<void> {
  const registry = createKeyRegistry();
  const check = repeatedKeyCheck(search);
  for await (const { source, target } of mappedRecords(search))
    if (registry.add(target.key)) await check(source, target);
}

async function otherOwner(search: KeySearch, source: DataRecord, key: RecordKey): Promise<DataRecord | undefined> {
  let timesItself = 0;
  for await (const record of mappedRecords(search)) {
    if (!valuesEqual(record.target.key, key)) continue;
    if (!valuesEqual(record.source.key, source.key)) return record.source;
    timesItself += 1;
    // In a source that moves, the same key twice is the same record met twice; where keys may repeat, it is two records.
    if (timesItself > 1 && search.plan.sourceSchema.keysMayRepeat === true) return record.source;
  }
  return undefined;
}

interface MappedRecord {
  readonly source: DataRecord;
  readonly target: DataRecord;
}

async function* mappedRecords(search: KeySearch): AsyncGenerator<MappedRecord, undefined> {
  for (const partition of await plannedPartitions(search.planning)) {
    for await (const batch of readPartition({ ...search.reading, partition, after: undefined })) {
      for (const native of batch.records) {
        const record = mapped(search, native);
        if (record !== undefined) yield record;
      }
    }
  }
}

function mapped(search: KeySearch, native: unknown): MappedRecord | undefined {
  try {
    const source = search.decoder.decode(native);
    const { restorer, filter, mapper } = search.mapping;
    const origin = restorer === undefined ? source : restorer.restore(source);
    return filter?.(origin) === false ? undefined : { source, target: mapper(origin) };
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
