import type { RecordMapper } from '../mapping/compile-mapping.js';
import type { RecordFilter } from '../mapping/filter-record.js';
import type { RecordRestorer } from '../mapping/restore-record.js';
import type { DataRecord } from '../record/data-record.js';
import { type Rejection, rejection } from './rejection.js';

/** Records before and after mapping, by the same index. */
export interface MappedRecords {
  readonly sources: readonly DataRecord[];
  readonly targets: readonly DataRecord[];
  /** How many are left out, since the plan's filter does not hold for them. */
  readonly filtered: number;
}

/** What records are mapped with. */
export interface RecordMapping {
  readonly restorer: RecordRestorer | undefined;
  readonly filter: RecordFilter | undefined;
  readonly mapper: RecordMapper;
}

/** Step 3 of a record's way: the source's records become the target's. An earlier migration's kinds are restored first, where a lock says how, and then the filter decides. */
export function mapRecords(
  records: readonly DataRecord[],
  { restorer, filter, mapper }: RecordMapping,
  rejected: Rejection[],
): MappedRecords {
  const sources: DataRecord[] = [];
  const targets: DataRecord[] = [];
  let filtered = 0;
  for (const record of records) {
    try {
      const origin = restorer === undefined ? record : restorer.restore(record);
      if (filter?.(origin) === false) {
        filtered += 1;
        continue;
      }
      const target = mapper(origin);
      sources.push(record);
      targets.push(target);
    } catch (error) {
      rejected.push(rejection('map', error, record));
    }
  }
  return { sources, targets, filtered };
}
