import type { ErrorCatalogue } from '@datamigrato/core';

/** The codes of this package and what to do about them. */
export const errorCatalogue: ErrorCatalogue = {
  DM_MONGODB_AUTH: {
    category: 'endpoint',
    meaning: 'The server does not accept the user name or password of the connection string.',
    remedy:
      'Check both, percent-encode special characters, and name the database that holds the user with `authSource=`.',
  },
  DM_MONGODB_UNAUTHORIZED: {
    category: 'endpoint',
    meaning: 'The server knows the user, or has no user to know, and does not allow what was asked.',
    remedy: 'Give credentials, or grant the user `read` on a source database and `readWrite` on a target database.',
  },
  DM_MONGODB_TLS: {
    category: 'endpoint',
    meaning: 'The certificate of the server is not trusted, or both sides agree on no TLS.',
    remedy:
      'Name the authority that issued the certificate with `tlsCAFile=`, and connect by the name it was issued for.',
  },
  DM_MONGODB_INSECURE_TLS: {
    category: 'usage',
    meaning: 'The connection string switches the verification of certificates off, which nobody consented to.',
    remedy: 'Remove the option and use `tlsCAFile=`, or consent with `insecure: true`.',
  },
  DM_MONGODB_URL: {
    category: 'usage',
    meaning: 'The connection string is not one that the driver takes.',
    remedy: 'Write it as `mongodb://user:password@host:27017/database?options`, special characters percent-encoded.',
  },
  DM_MONGODB_CREDENTIAL_FILE: {
    category: 'usage',
    meaning:
      'The YAML file with the connection string cannot be read, or holds more or other things than `client_url`.',
    remedy: 'Let it hold one line: `client_url: mongodb://user:password@host:27017/database`.',
  },
  DM_MONGODB_POSITION: {
    category: 'usage',
    meaning: 'A stored position or partition was not written by this version of the connector.',
    remedy: 'Start the migration over; what it wrote is recognised and not doubled.',
  },
  DM_MONGODB_UNAVAILABLE: {
    category: 'transient',
    meaning: 'The server is changing its primary, restarting, or closed the connection.',
    remedy: 'Nothing: it is tried again. If it stays, look at the health of the server.',
  },
  DM_MONGODB_THROTTLED: {
    category: 'transient',
    meaning: 'The server asks for fewer requests.',
    remedy: 'Nothing: writing slows down by itself.',
  },
  DM_MONGODB_WRITE_CONCERN: {
    category: 'transient',
    meaning: 'A write was applied by the primary and not confirmed by a majority of the members in time.',
    remedy: 'Nothing: it is written again. If it stays, look at the lag of the secondary members.',
  },
  DM_MONGODB_WRITE_CONCERN_IMPOSSIBLE: {
    category: 'endpoint',
    meaning: 'The replica set has too few members for a majority.',
    remedy: 'Bring its members up, or correct its configuration.',
  },
  DM_MONGODB_TARGET_CONFLICT: {
    category: 'endpoint',
    meaning: 'The target collection is a view, a time series, capped, or compares text keys loosely.',
    remedy: 'Choose another name for it, or drop it.',
  },
  DM_MONGODB_REFUSED: {
    category: 'endpoint',
    meaning: 'The server refused a request for a reason that this program has no words for.',
    remedy: 'Look the code up in the server manual; the server log has the full text.',
  },
  DM_MONGODB_DRIVER: {
    category: 'internal',
    meaning: 'The driver failed in a way that it should not.',
    remedy: 'Report it with the output of the same command and `--verbose`.',
  },
  DM_MONGODB_MALFORMED: {
    category: 'record',
    meaning: 'The bytes of a document are not BSON.',
    remedy: 'Repair or delete the document at the source; the others are not affected.',
  },
  DM_MONGODB_INVALID_UTF8: {
    category: 'record',
    meaning: 'A string or a field name of a document is not UTF-8.',
    remedy: 'Repair the document at the source; the others are not affected.',
  },
  DM_MONGODB_DUPLICATE_FIELD: {
    category: 'record',
    meaning: 'A document holds one field name twice, which BSON allows and hardly any program can read.',
    remedy: 'Rename or remove one of the two fields at the source.',
  },
  DM_MONGODB_TOO_DEEP: {
    category: 'record',
    meaning: 'A record is nested deeper than MongoDB stores (100 levels) or than is read (200 levels).',
    remedy: 'Flatten the record, or leave the deep field out.',
  },
  DM_MONGODB_DOCUMENT_TOO_LARGE: {
    category: 'record',
    meaning: 'A record takes more than the 16 MiB that MongoDB stores as one document.',
    remedy: 'Leave its largest field out, or move it to an entity of its own.',
  },
  DM_MONGODB_ID_MISSING: {
    category: 'record',
    meaning: 'A document, of a view perhaps, has no `_id`.',
    remedy: 'Copy the collection behind the view, or let the view give every document an `_id`.',
  },
  DM_MONGODB_ID_FIELD: {
    category: 'record',
    meaning: 'A record has a field `_id` beside its key, and a document holds only one.',
    remedy: 'Rename the field, or make it the key.',
  },
  DM_MONGODB_KEY: {
    category: 'record',
    meaning: 'A record came with a key of several values, where a document has one `_id`.',
    remedy: 'Report it: the mapping makes one document of such a key.',
  },
  DM_MONGODB_KEY_KIND: {
    category: 'record',
    meaning: 'A record has an array, a regular expression or undefined as its key, which MongoDB does not take.',
    remedy: 'Choose another key with the option `primaryKey`.',
  },
  DM_MONGODB_KIND: {
    category: 'record',
    meaning: 'A record holds a value of a kind that MongoDB does not have.',
    remedy: 'Plan the migration again: its mapping converts such values.',
  },
  DM_MONGODB_DECIMAL_RANGE: {
    category: 'record',
    meaning: 'A decimal has more than 34 digits or an exponent beyond those of Decimal128.',
    remedy: 'Map the field to text.',
  },
  DM_MONGODB_INSTANT: {
    category: 'record',
    meaning: 'A point in time is finer than a millisecond, or beyond 64 bits of them.',
    remedy: 'Map the field to text.',
  },
  DM_MONGODB_LONE_SURROGATE: {
    category: 'record',
    meaning: 'A text holds half of a surrogate pair, which UTF-8 cannot express.',
    remedy: 'Repair the text at the source.',
  },
  DM_MONGODB_NUL: {
    category: 'record',
    meaning: 'A field name or a regular expression holds the character U+0000.',
    remedy: 'Rename the field, or remove the character.',
  },
  DM_MONGODB_EMPTY_TIMESTAMP: {
    category: 'record',
    meaning: 'A top-level field holds the timestamp of zero, which the server would replace by its own time.',
    remedy: 'Use a server that knows `bypassEmptyTsReplacement`, or move the field below the top level.',
  },
  DM_MONGODB_DUPLICATE_KEY: {
    category: 'record',
    meaning: 'A unique index of the target collection already holds a value of this record.',
    remedy: 'Remove the duplicate at the source, or the index at the target.',
  },
  DM_MONGODB_VALIDATION: {
    category: 'record',
    meaning: 'The validator of the target collection refuses a record.',
    remedy: 'Change the mapping or the validator.',
  },
  DM_MONGODB_RECORD_REFUSED: {
    category: 'record',
    meaning: 'The server refuses one record, or closes the connection on it, and takes others.',
    remedy: 'Look at the server log; the record may hold a kind or a size that this server does not take.',
  },
};
