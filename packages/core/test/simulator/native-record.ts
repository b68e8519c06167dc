import { DatamigratoError, type DataRecord, type RecordCodec, valueToText } from '../../src/index.js';

/** The step at which a planted record goes no further. */
export type Flaw = 'decode' | 'map' | 'encode' | 'write';

/** A record as both simulated stores hold it. */
export interface NativeRecord {
  readonly record: DataRecord;
  /** Canonical text of the key. */
  readonly key: string;
  /** Canonical text of the fields. */
  readonly text: string;
}

/** Bytes that every record takes on the side of the source. */
export const bytesPerRecord = 100;

export function nativeRecord(record: DataRecord): NativeRecord {
  return { record, key: valueToText(record.key), text: valueToText(record.fields) };
}

/** The flaw that a record carries in a field, where it has one. Records that fail at mapping carry none: they lack the field that is their key. */
export function flawOf(record: DataRecord): string | undefined {
  const flaw = 'flaw' in record.fields ? record.fields['flaw'] : undefined;
  return typeof flaw === 'string' ? flaw : undefined;
}

export const nativeCodec: RecordCodec<NativeRecord> = {
  createDecoder: () => ({
    decode(native) {
      if (flawOf(native.record) === 'decode') throw flawed('decode');
      return native.record;
    },
    identify: (native) => native.key,
  }),
  createEncoder: () => ({
    encode(record) {
      if (flawOf(record) === 'encode') throw flawed('encode');
      return nativeRecord(record);
    },
    sizeOf: (native) => native.text.length,
  }),
};

/** The refusal of one record. */
export function flawed(flaw: Flaw): DatamigratoError {
  return new DatamigratoError({
    code: `DM_TEST_${flaw.toUpperCase()}`,
    category: 'record',
    message: `a record that fails at ${flaw}`,
  });
}
