import { isUtf8 } from 'node:buffer';

/** Up to this many bytes a loop in JavaScript beats a call into the runtime. */
const shortText = 6;

/**
 * The text of a range of UTF-8 bytes, or undefined where they are not UTF-8.
 *
 * @param whole - The memory that the range lies in.
 */
export function readText(whole: Buffer, start: number, end: number): string | undefined {
  if (end - start <= shortText) {
    let text = '';
    for (let index = start; index < end; index += 1) {
      const byte = whole[index] as number;
      if (byte >= 0x80) return readLongText(whole, start, end);
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return readLongText(whole, start, end);
}

function readLongText(whole: Buffer, start: number, end: number): string | undefined {
  const text = whole.toString('utf8', start, end);
  // Bytes that are not UTF-8 become U+FFFD, which valid text may hold as well.
  return text.includes('\ufffd') && !isUtf8(whole.subarray(start, end)) ? undefined : text;
}
