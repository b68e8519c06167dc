import { isUtf8 } from 'node:buffer';
import { fileError } from '../errors.js';
import type { FailedRecord, TextRecord } from '../file-record.js';

/** The bytes as a text record, or as a failed one where they are not UTF-8. */
export function textRecord(bytes: Buffer, start: number, end: number, offset: number): TextRecord | FailedRecord {
  const text = bytes.toString('utf8', start, end);
  // A replacement character is either in the file or made of bad bytes; only then is a closer look needed.
  if (text.includes('\uFFFD') && !isUtf8(bytes.subarray(start, end))) {
    return failedRecord(offset, 'is not valid UTF-8');
  }
  return { form: 'text', text: offset === 0 && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text, offset };
}

/** A record that cannot be read. */
export function failedRecord(offset: number, problem: string): FailedRecord {
  return {
    form: 'failed',
    offset,
    failure: fileError('DM_FILE_RECORD_INVALID', `The record at byte ${offset} ${problem}`, { context: { offset } }),
  };
}

/** A record of more bytes than are read. */
export function oversizedRecord(offset: number, bytes: number, maximumBytes: number): FailedRecord {
  return {
    form: 'failed',
    offset,
    failure: fileError(
      'DM_FILE_RECORD_TOO_LARGE',
      `The record at byte ${offset} has ${bytes} bytes; at most ${maximumBytes} are read`,
      { context: { offset, bytes, maximumBytes } },
    ),
  };
}
