import { DatamigratoError, type ErrorCatalogue, type ErrorCategory, type ErrorCode } from '@datamigrato/core';

/** Every code that this connector makes, for `docs/errors.md` and `datamigrato explain`. */
export const errorCatalogue = {
  DM_FILE_URL_INVALID: {
    category: 'usage',
    meaning: 'A `file:` connection string names no path, or names a host or a parameter that files do not have.',
    remedy: 'Write `file:./folder/`, `file:movies.json` or `file:///absolute/folder`.',
  },
  DM_FILE_NOT_FOUND: {
    category: 'usage',
    meaning: 'There is no file or folder at the path.',
    remedy: 'Correct the path; a relative one starts at the working directory.',
  },
  DM_FILE_UNREADABLE: {
    category: 'endpoint',
    meaning: 'The operating system refused to read or list a file.',
    remedy: 'Check the permissions of the file and of the folders above it.',
  },
  DM_FILE_UNWRITABLE: {
    category: 'endpoint',
    meaning: 'The operating system refused to write: permissions, a read-only or a full disk.',
    remedy: 'Free space or correct permissions, then run the same command again.',
  },
  DM_FILE_FORMAT_UNKNOWN: {
    category: 'usage',
    meaning: 'Neither name nor first bytes of a file tell its format.',
    remedy: 'Name it with the option `format`.',
  },
  DM_FILE_RECORDS_NOT_FOUND: {
    category: 'usage',
    meaning: 'A JSON document holds no array of records where one was looked for.',
    remedy:
      'Name the array with the option `recordsPath` (`--records` of `populate`), or the format if the file is not one JSON document.',
  },
  DM_FILE_CHANGED: {
    category: 'endpoint',
    meaning: 'A file is not the one that the plan or the checkpoint was made from.',
    remedy: 'Start the migration anew from the file as it is now.',
  },
  DM_FILE_TORN_LINE: {
    category: 'usage',
    meaning: 'The last line of a file ends in the middle of a record.',
    remedy: 'The file was cut off: fetch or export it again. The records before that byte were read.',
  },
  DM_FILE_TRUNCATED: {
    category: 'usage',
    meaning: 'A file ends in the middle of a record or before its closing bracket.',
    remedy: 'The file was cut off: fetch or export it again. The records before that byte were read.',
  },
  DM_FILE_GZIP_DAMAGED: {
    category: 'usage',
    meaning: 'A gzip file is cut off, fails its checksum, or is followed by bytes that are not gzip.',
    remedy: 'Fetch or export the file again; `gzip --test FILE` says the same.',
  },
  DM_FILE_JSON_INVALID: {
    category: 'usage',
    meaning: 'A JSON document is broken between its records, so that the rest of it cannot be told into records.',
    remedy: 'Mend the file at the named byte.',
  },
  DM_FILE_CSV_INVALID: {
    category: 'usage',
    meaning: 'A CSV file has no usable header, or a quote that never closes.',
    remedy: 'Mend the file at the named line, or name its `delimiter`.',
  },
  DM_FILE_BSON_INVALID: {
    category: 'usage',
    meaning:
      'The length in front of a BSON document is impossible, so that the rest of the file cannot be told into records.',
    remedy: 'Dump the collection again.',
  },
  DM_FILE_METADATA_INVALID: {
    category: 'usage',
    meaning: 'The `.metadata.json` beside a dumped collection is not what mongodump writes.',
    remedy: 'Dump the collection again, or remove the metadata file to read the records alone.',
  },
  DM_FILE_TOO_MANY_KEYLESS: {
    category: 'usage',
    meaning: 'A file without a key field has more records than content keys can be counted for within bounded memory.',
    remedy:
      'Name the key fields with the option `key`, or take keys from the place in the file with `generatedKey: "position"`.',
  },
  DM_FILE_READ_ONLY: {
    category: 'usage',
    meaning: 'A foreign file or folder was to be written to; only the typed archive can be.',
    remedy: 'Write to a new or empty folder, which becomes an archive.',
  },
  DM_FILE_PATH_UNSAFE: {
    category: 'endpoint',
    meaning: 'A folder or file to be written is a symbolic link or something else that could lead outside the archive.',
    remedy: 'Remove the link, or write to another folder.',
  },
  DM_FILE_MANIFEST_INVALID: {
    category: 'endpoint',
    meaning: 'The manifest of an archive is damaged or of a format version that this release does not know.',
    remedy: 'Restore the archive from a copy, or read it with the release that wrote it.',
  },
  DM_FILE_CHUNK_DAMAGED: {
    category: 'endpoint',
    meaning:
      'A chunk of an archive is missing, has another size or another SHA-256 than the manifest says, or is not listed in it.',
    remedy: 'Restore the named file from a copy; no record of it was read.',
  },
  DM_FILE_ARCHIVE_UNFINISHED: {
    category: 'endpoint',
    meaning:
      'A write to the archive ended before it was finished, so that reading could give a record twice or an old one.',
    remedy: 'Run or resume the migration that was writing; the next writer finishes what was acknowledged.',
  },
  DM_FILE_TOO_MANY_KEYS: {
    category: 'usage',
    meaning:
      'An archived entity has more records than the write modes `create` and `skip` can look up within bounded memory.',
    remedy: 'Write with mode `replace`, which has no such limit.',
  },
  DM_FILE_KEY_CONFLICT: {
    category: 'endpoint',
    meaning: 'An archived entity has other key fields than the records that are to be written to it.',
    remedy: 'Write to another entity or folder, or drop the entity first.',
  },
  DM_FILE_LOCKED: {
    category: 'endpoint',
    meaning: 'Another process is writing to the archive.',
    remedy: 'Wait for it to end, or write to another folder.',
  },
  DM_FILE_RECORD_INVALID: {
    category: 'record',
    meaning:
      'One record is not well-formed in its format: broken JSON or BSON, bad UTF-8, a field twice, a value out of range.',
    remedy: 'Mend the record at the named byte; the others are not affected.',
  },
  DM_FILE_RECORD_NOT_DOCUMENT: {
    category: 'record',
    meaning: 'A line or array element is not an object, so it has no fields.',
    remedy: 'If the records lie elsewhere in the file, name their place with `recordsPath`.',
  },
  DM_FILE_RECORD_TOO_LARGE: {
    category: 'record',
    meaning: 'One record has more bytes, levels or fields than are read.',
    remedy: 'Split the record; the limits are in the README.',
  },
  DM_FILE_RECORD_EXTENDED_JSON: {
    category: 'record',
    meaning: 'A record looks like MongoDB Extended JSON in a file whose beginning looked like plain JSON.',
    remedy:
      'Name the format: `extended-json` to read typed values, `ndjson` or `json` to keep the `$` fields as they are.',
  },
  DM_FILE_KEY_MISSING: {
    category: 'record',
    meaning: 'A record lacks a key field that the file was planned with, or holds null there.',
    remedy: 'Name other key fields with `key`, or give every record a generated key with `generatedKey: "content"`.',
  },
  DM_FILE_KEY_NAME_TAKEN: {
    category: 'record',
    meaning: 'A record without a key of its own has a field with the name that its generated key was to have.',
    remedy: 'Name the key fields with `key`.',
  },
} as const satisfies ErrorCatalogue;

/** One of this connector's codes. */
export type FileErrorCode = keyof typeof errorCatalogue;

interface Particulars {
  readonly nextStep?: string;
  readonly context?: Readonly<Record<string, string | number | boolean>>;
  readonly cause?: unknown;
}

/** An error of this connector; category and default next step come from the catalogue. */
export function fileError(code: FileErrorCode, message: string, particulars: Particulars = {}): DatamigratoError {
  const explanation: { readonly category: ErrorCategory; readonly remedy: string } = errorCatalogue[code];
  return new DatamigratoError({
    code: code satisfies ErrorCode,
    category: explanation.category,
    message,
    nextStep: particulars.nextStep ?? explanation.remedy,
    ...(particulars.context === undefined ? {} : { context: particulars.context }),
    ...(particulars.cause === undefined ? {} : { cause: particulars.cause }),
  });
}

/** Whether a thrown thing is an error of the operating system with one of these codes. */
export function hasSystemCode(thrown: unknown, ...codes: readonly string[]): boolean {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && codes.includes(thrown.code);
}

/** An operating system's refusal, as an error of this connector: its code name is told, its message is not. */
export function systemError(thrown: unknown, doing: 'read' | 'write', path: string): DatamigratoError {
  const reason =
    thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : 'unknown';
  if (doing === 'read' && reason === 'ENOENT') return fileError('DM_FILE_NOT_FOUND', `There is no file ${path}`);
  const code = doing === 'read' ? 'DM_FILE_UNREADABLE' : 'DM_FILE_UNWRITABLE';
  return fileError(code, `${path} could not be ${doing === 'read' ? 'read' : 'written'}: ${reason}`, {
    context: { path, reason },
    cause: thrown,
  });
}

/** The contract's error for an entity that the store does not have. */
export function entityMissing(entity: string, store: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_ENTITY_MISSING',
    category: 'endpoint',
    message: `There is no entity ${entity} in ${store}`,
    nextStep: `list the entities with \`datamigrato inspect file:${store}\``,
    context: { entity },
  });
}
