import type { RecordDecoder } from '../connector/record-codec.js';
import type { DataRecord } from '../record/data-record.js';
import { type Rejection, rejection } from './rejection.js';

/** Step 2 of a record's way: native records become canonical ones. One that cannot is rejected; the others go on. */
export function decodeRecords(
  natives: readonly unknown[],
  decoder: RecordDecoder<unknown>,
  rejected: Rejection[],
): readonly DataRecord[] {
  const records: DataRecord[] = [];
  for (const native of natives) {
    try {
      records.push(decoder.decode(native));
    } catch (error) {
      rejected.push(rejection('decode', error, undefined, decoder.identify?.(native)));
    }
  }
  return records;
}
