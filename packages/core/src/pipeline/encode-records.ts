import type { RecordEncoder } from '../connector/record-codec.js';
import type { DataRecord } from '../record/data-record.js';
import type { MappedRecords } from './map-records.js';
import { type Rejection, rejection } from './rejection.js';

/** Records ready to be written, in four forms by the same index. */
export interface EncodedRecords {
  readonly sources: readonly DataRecord[];
  readonly targets: readonly DataRecord[];
  readonly natives: readonly unknown[];
  readonly sizes: readonly number[];
}

/** Step 4 of a record's way: canonical records become what the target's driver takes. */
export function encodeRecords(
  mapped: Pick<MappedRecords, 'sources' | 'targets'>,
  encoder: RecordEncoder<unknown>,
  rejected: Rejection[],
): EncodedRecords {
  const sources: DataRecord[] = [];
  const targets: DataRecord[] = [];
  const natives: unknown[] = [];
  const sizes: number[] = [];
  for (const [index, target] of mapped.targets.entries()) {
    const source = mapped.sources[index] as DataRecord;
    try {
      const native = encoder.encode(target);
      natives.push(native);
      sizes.push(encoder.sizeOf(native));
      sources.push(source);
      targets.push(target);
    } catch (error) {
      rejected.push(rejection('encode', error, source));
    }
  }
  return { sources, targets, natives, sizes };
}
