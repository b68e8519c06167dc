import type { RecordCodec } from '@datamigrato/core';
import { recordLine } from './archive/archive-line.js';
import { type DecodingNotes, notesFromNative } from './entity-reading.js';
import { fileError } from './errors.js';
import type { FileRecord } from './file-record.js';
import { maximumTypedBytes } from './limits.js';
import { createFieldsDecoder } from './record-decoder.js';

/** Decodes records of any file that is read; encodes lines of an archive. */
export const fileCodec: RecordCodec<FileRecord> = {
  createDecoder(schema) {
    const typed: DecodingNotes = {
      values: 'typed',
      key: { from: 'fields', names: schema.key.map(({ name }) => name) },
      columns: [],
    };
    return {
      decode: createFieldsDecoder(notesFromNative(schema.native) ?? typed),
      identify: (record) => `byte ${record.offset}`,
    };
  },
  createEncoder() {
    return {
      encode(record) {
        const text = recordLine(record);
        if (text.length * 3 > maximumTypedBytes && Buffer.byteLength(text) > maximumTypedBytes) {
          throw fileError(
            'DM_FILE_RECORD_TOO_LARGE',
            `A record has more than ${maximumTypedBytes} bytes as typed text`,
            {
              context: { maximumBytes: maximumTypedBytes },
            },
          );
        }
        return { form: 'text', text, offset: 0 };
      },
      sizeOf: (record) => (record.form === 'text' ? Buffer.byteLength(record.text) + 1 : 0),
    };
  },
};
