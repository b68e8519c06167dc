import { hash } from 'node:crypto';
import { type DataRecord, type RecordKey, valueToText } from '@datamigrato/core';

/**
 * The line of a record: the typed text of a document with two fields, `{"key":[…],"fields":{…}}`.
 *
 * The key stands first, so that it can be taken out without reading the rest.
 */
export function recordLine(record: DataRecord): string {
  return valueToText({ key: record.key, fields: record.fields });
}

/** The line that says that a key's record is gone; only in an entity that is not settled. */
export function deletionLine(key: RecordKey): string {
  return `{"key":${valueToText([...key])},"deleted":true}`;
}

const keyStart = '{"key":'.length;
const deletionEnd = ',"deleted":true}';

/** Whether a line is one of {@link deletionLine}; a record's line ends in two braces. */
export function isDeletionLine(line: string): boolean {
  return line.endsWith(deletionEnd);
}

/** The text of a line's key, which is the same for equal keys of one line writer. */
function keyText(line: string): string {
  let depth = 0;
  for (let index = keyStart; index < line.length; index += 1) {
    const code = line.charCodeAt(index);
    if (code === 0x22) index = endOfString(line, index);
    else if (code === 0x5b || code === 0x7b) depth += 1;
    else if (code === 0x5d || code === 0x7d) {
      depth -= 1;
      if (depth === 0) return line.slice(keyStart, index + 1);
    }
  }
  return line.slice(keyStart);
}

function endOfString(line: string, start: number): number {
  for (let index = start + 1; index < line.length; index += 1) {
    const code = line.charCodeAt(index);
    if (code === 0x5c) index += 1;
    else if (code === 0x22) return index;
  }
  return line.length;
}

/** 32 hexadecimal digits that stand for a key; that two keys share them is out of the question, even if somebody tries. */
export function keyDigest(line: string): string {
  return hash('sha256', keyText(line), 'hex').slice(0, 32);
}
