import {
  type DatamigratoError,
  type DataRecord,
  type DocumentValue,
  documentFrom,
  fieldOf,
  isArray,
  isDatamigratoError,
  isDocument,
  type Value,
  valueFromText,
} from '@datamigrato/core';
import type { DecodingNotes, ValueForm } from './entity-reading.js';
import { fileError } from './errors.js';
import type { FileRecord } from './file-record.js';
import { BsonDocumentError, createBsonDocumentReader } from './format/bson-document.js';
import { inferCell } from './format/csv.js';
import { ExtendedJsonError, extendedJsonWrapper, reviveExtendedJson } from './format/extended-json.js';
import { createJsonTextReader, JsonTextError, type KeyedFields } from './format/json-text.js';
import { maximumRecordDepth } from './limits.js';

/**
 * Makes the function that turns records of one entity into canonical ones.
 *
 * A record without its own key gets the one of its position here; a key made of its content is given by whoever reads the records in order.
 * The function throws errors of category `record` alone.
 */
export function createFieldsDecoder(notes: DecodingNotes): (record: FileRecord) => DataRecord {
  const { key: choice } = notes;
  const names = choice.from === 'fields' ? choice.names : [];
  const read = createReader(notes, names);
  // A null is a key in MongoDB, and so in what is exported from it; elsewhere it is a gap.
  const allowsNull = notes.values === 'bson' || notes.values === 'extended-json' || notes.values === 'typed';
  return (record) => {
    if (record.form === 'decoded') return record.record;
    if (record.form === 'failed') throw record.failure;
    const { key, fields } = read(record);
    if (choice.from === 'fields') return { key: completeKey(key, names, allowsNull, record.offset), fields };
    if (fieldOf(fields, choice.name) !== undefined) throw nameTaken(choice.name, record.offset);
    return { key: choice.from === 'position' ? [positionKey(record.offset)] : [], fields };
  };
}

/** A key made of a record's first byte in its file: 15 digits, so that keys sort as records stand. */
function positionKey(offset: number): string {
  return String(offset).padStart(15, '0');
}

type Reader = (record: FileRecord) => KeyedFields;

function createReader(notes: DecodingNotes, names: readonly string[]): Reader {
  switch (notes.values) {
    case 'bson':
      return bsonReader(names);
    case 'text':
    case 'inferred-text':
      return rowReader(notes.columns, names, notes.values === 'inferred-text');
    case 'typed':
      return typedReader();
    default:
      return jsonReader(notes.values, names);
  }
}

function jsonReader(values: ValueForm, names: readonly string[]): Reader {
  const reader = createJsonTextReader({
    maximumDepth: maximumRecordDepth,
    ...(values === 'extended-json' ? { reviveDollar: reviveExtendedJson } : {}),
  });
  return (record) => {
    if (record.form !== 'text') throw unexpectedForm(record);
    const { text, offset } = record;
    if (values === 'guessed-json' && text.includes('"$') && extendedJsonWrapper.test(text)) {
      throw fileError(
        'DM_FILE_RECORD_EXTENDED_JSON',
        `The record at byte ${offset} looks like Extended JSON, but the file was taken for plain JSON`,
        { context: { offset } },
      );
    }
    try {
      return reader.readRecord(text, names);
    } catch (thrown) {
      throw jsonFault(thrown, offset);
    }
  };
}

const jsonProblems: Readonly<Record<JsonTextError['problem'], string>> = {
  syntax: 'is not valid JSON',
  'duplicate-field': 'has a field twice in one object',
  'number-out-of-range': 'has a number beyond the range of a double',
  'not-an-object': 'is not an object',
  'too-deep': `has more than ${maximumRecordDepth} levels`,
};

function jsonFault(thrown: unknown, offset: number): unknown {
  if (thrown instanceof ExtendedJsonError) {
    return fileError('DM_FILE_RECORD_INVALID', `The record at byte ${offset} is not Extended JSON: ${thrown.message}`, {
      context: { offset },
    });
  }
  if (!(thrown instanceof JsonTextError)) return thrown;
  if (thrown.problem === 'not-an-object') {
    return fileError('DM_FILE_RECORD_NOT_DOCUMENT', `The record at byte ${offset} is not an object`, {
      context: { offset },
    });
  }
  return fileError(
    thrown.problem === 'too-deep' ? 'DM_FILE_RECORD_TOO_LARGE' : 'DM_FILE_RECORD_INVALID',
    `The record at byte ${offset} ${jsonProblems[thrown.problem]}, at its character ${thrown.position + 1}`,
    { context: { offset, character: thrown.position + 1 } },
  );
}

const bsonProblems: Readonly<Record<BsonDocumentError['problem'], string>> = {
  structure: 'is not valid BSON',
  text: 'has text that is not UTF-8',
  'duplicate-field': 'has a field twice in one document',
  'too-deep': `has more than ${maximumRecordDepth} levels`,
};

function bsonReader(names: readonly string[]): Reader {
  const reader = createBsonDocumentReader({ maximumDepth: maximumRecordDepth });
  return (record) => {
    if (record.form !== 'bson') throw unexpectedForm(record);
    try {
      return reader.readRecord(record.bytes, names);
    } catch (thrown) {
      if (!(thrown instanceof BsonDocumentError)) throw thrown;
      const { offset } = record;
      throw fileError(
        thrown.problem === 'too-deep' ? 'DM_FILE_RECORD_TOO_LARGE' : 'DM_FILE_RECORD_INVALID',
        `The record at byte ${offset} ${bsonProblems[thrown.problem]}`,
        { context: { offset } },
      );
    }
  };
}

function rowReader(columns: readonly string[], names: readonly string[], infers: boolean): Reader {
  const keyIndexes = columns.map((column) => names.indexOf(column));
  return (record) => {
    if (record.form !== 'row') throw unexpectedForm(record);
    const { cells, offset } = record;
    if (cells.length !== columns.length) {
      throw fileError(
        'DM_FILE_RECORD_INVALID',
        `The row at byte ${offset} has ${cells.length} cells, the header ${columns.length}`,
        { context: { offset, cells: cells.length, columns: columns.length } },
      );
    }
    const key: (Value | undefined)[] = names.map(() => undefined);
    const fields: [string, Value][] = [];
    for (const [index, cell] of cells.entries()) {
      const value = infers ? inferCell(cell) : cell;
      const keyIndex = keyIndexes[index] ?? -1;
      if (keyIndex >= 0) key[keyIndex] = value;
      else fields.push([columns[index] ?? '', value]);
    }
    return { key, fields: documentFrom(fields) };
  };
}

/** A line of an archive holds its key by position, so that names are not looked for. */
function typedReader(): Reader {
  return (record) => {
    if (record.form !== 'text') throw unexpectedForm(record);
    const line = typedLine(record.text, record.offset);
    const key = fieldOf(line, 'key');
    const fields = fieldOf(line, 'fields');
    if (key === undefined || !isArray(key) || fields === undefined || !isDocument(fields))
      throw notALine(record.offset);
    return { key, fields };
  };
}

function typedLine(text: string, offset: number): DocumentValue {
  let value: Value;
  try {
    value = valueFromText(text);
  } catch (thrown) {
    if (isDatamigratoError(thrown)) throw notALine(offset, thrown);
    throw thrown;
  }
  if (!isDocument(value)) throw notALine(offset);
  return value;
}

function notALine(offset: number, cause?: unknown): DatamigratoError {
  return fileError('DM_FILE_RECORD_INVALID', `The line at byte ${offset} is not a record of an archive`, {
    context: { offset },
    ...(cause === undefined ? {} : { cause }),
  });
}

function completeKey(
  key: readonly (Value | undefined)[],
  names: readonly string[],
  allowsNull: boolean,
  offset: number,
): readonly Value[] {
  const complete: Value[] = [];
  for (let index = 0; index < key.length; index += 1) {
    const value = key[index];
    if (value === undefined || (value === null && !allowsNull)) {
      throw fileError(
        'DM_FILE_KEY_MISSING',
        `The record at byte ${offset} has no value in its key field "${names[index] ?? ''}"`,
        { context: { offset, field: names[index] ?? '' } },
      );
    }
    complete.push(value);
  }
  return complete;
}

function nameTaken(name: string, offset: number): DatamigratoError {
  return fileError(
    'DM_FILE_KEY_NAME_TAKEN',
    `The record at byte ${offset} has a field "${name}", which is the name of the generated key`,
    { context: { offset, field: name } },
  );
}

function unexpectedForm(record: FileRecord): DatamigratoError {
  return fileError('DM_FILE_RECORD_INVALID', `The record at byte ${record.offset} came from a file of another format`, {
    context: { offset: record.offset },
  });
}
