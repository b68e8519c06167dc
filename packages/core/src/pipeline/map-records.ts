import type { RecordMapper } from '../mapping/compile-mapping.js';
import type { RecordRestorer } from '../mapping/restore-record.js';
import type { DataRecord } from '../record/data-record.js';
import { type Rejection, rejection } from './rejection.js';

/** Records before and after mapping, by the same index. */
export interface MappedRecords {
  readonly sources: readonly DataRecord[];
  readonly targets: readonly DataRecord[];
}

/** Step 3 of a record's way: the source's records become the target's. An earlier migration's kinds are restored first, where a lock says how. */
export function mapRecords(
  records: readonly DataRecord[],
  restorer: RecordRestorer | undefined,
  mapper: RecordMapper,
  rejected: Rejection[],
): MappedRecords {
  const sources: DataRecord[] = [];
  const targets: DataRecord[] = [];
  for (const record of records) {
    try {
      const target = mapper(restorer === undefined ? record : restorer.restore(record));
      sources.push(record);
      targets.push(target);
    } catch (error) {
      rejected.push(rejection('map', error, record));
    }
  }
  return { sources, targets };
}
